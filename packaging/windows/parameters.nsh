; The command line: words between spaces, quotation marks around a word or a value. What is not known is an error, since
; a misspelt /SERVER= would install an agent that nobody sees. NSIS itself takes /S, /NCRC, and at the end /D= or _?=.

!macro ParameterFunctions un
; $8: the word; $R9: the rest of the line.
Function ${un}NextWord
  StrCpy $8 ""
  StrCpy $7 0 ; 1: between quotation marks
  ${Do}
    StrCpy $6 $R9 1
    ${If} $6 == ""
      ${ExitDo}
    ${EndIf}
    StrCpy $R9 $R9 "" 1
    ${If} $6 == '"'
      IntOp $7 1 - $7
    ${ElseIf} $6 == " "
    ${AndIf} $7 == 0
      ${If} $8 != ""
        ${ExitDo}
      ${EndIf}
    ${Else}
      StrCpy $8 "$8$6"
    ${EndIf}
  ${Loop}
FunctionEnd
!macroend
!insertmacro ParameterFunctions ""
!insertmacro ParameterFunctions "un."

; Splits $8 at the first "=": $4 is the name with it, $5 what follows.
Function SplitWord
  StrCpy $4 ""
  StrCpy $5 $8
  ${Do}
    StrCpy $6 $5 1
    StrCpy $5 $5 "" 1
    StrCpy $4 "$4$6"
    ${If} $6 == "="
    ${OrIf} $6 == ""
      ${ExitDo}
    ${EndIf}
  ${Loop}
FunctionEnd

!macro Parameter NAME VARIABLE
  ${If} $4 == "/${NAME}="
    StrCpy ${VARIABLE} $5
    StrCpy $3 1
  ${EndIf}
!macroend

Function TakeParameters
  StrLen $0 $CMDLINE
  ${If} $0 > 700
    ${Fail} ${E_PARAMETER} TOO_LONG ""
  ${EndIf}
  ${GetParameters} $R9
  ${Do}
    Call NextWord
    ${If} $8 == ""
      ${ExitDo}
    ${EndIf}
    ${If} $8 S== "/S"
    ${OrIf} $8 S== "/NCRC"
      ${Continue}
    ${EndIf}
    Call SplitWord
    StrCpy $3 0
    !insertmacro Parameter SERVER $Server
    !insertmacro Parameter ACTIVATION_ID $ActivationId
    !insertmacro Parameter ACTIVATION_CODE $ActivationCode
    !insertmacro Parameter CA_FINGERPRINT $CaFingerprint
    !insertmacro Parameter CA_FILE $CaFile
    !insertmacro Parameter NAME $MachineName
    !insertmacro Parameter TAG $2
    !insertmacro Parameter TAGS $2
    !insertmacro Parameter REGION $Region
    ${If} $3 == 0
      ${Fail} ${E_PARAMETER} UNKNOWN_PARAMETER "$4"
    ${EndIf}
    ${If} $5 == ""
      ${Fail} ${E_PARAMETER} NO_VALUE "$4"
    ${EndIf}
    StrCpy $6 $5 1 -1
    ${If} $6 == "\"
      ${Fail} ${E_PARAMETER} BAD_VALUE "$4"
    ${EndIf}
    ${If} $4 == "/TAG=" ; may be repeated, and may have ";"
      StrCpy $Tags "$Tags$5$\n"
    ${ElseIf} $4 == "/TAGS="
      ${Do}
        StrCpy $6 $5 1
        StrCpy $5 $5 "" 1
        ${If} $6 == ";"
        ${OrIf} $6 == ""
          StrCpy $Tags "$Tags$\n"
        ${Else}
          StrCpy $Tags "$Tags$6"
        ${EndIf}
      ${LoopUntil} $6 == ""
    ${EndIf}
  ${Loop}
  StrCpy $6 $Server 1 -1
  ${If} $6 == "/"
    StrCpy $Server $Server -1
  ${EndIf}
  Call CheckActivation
FunctionEnd

; All that belongs together is there. The code may also be in the environment; its lack the agent tells.
Function CheckActivation
  ${If} "$ActivationId$ActivationCode$CaFingerprint$CaFile$MachineName$Tags$Region" != ""
  ${AndIf} $Server == ""
    ${Fail} ${E_PARAMETER} NO_SERVER ""
  ${EndIf}
  ${If} $Server != ""
  ${AndIf} $ActivationId == ""
    ${Fail} ${E_PARAMETER} NO_ACTIVATION_ID ""
  ${EndIf}
FunctionEnd

Function un.TakeParameters
  ${GetParameters} $R9
  ${Do}
    Call un.NextWord
    ${If} $8 == ""
      ${ExitDo}
    ${EndIf}
    ${If} $8 S== "/S"
    ${OrIf} $8 S== "/NCRC"
      ${Continue}
    ${EndIf}
    ${If} $8 == "/PURGE"
      StrCpy $Purge 1
    ${Else}
      Call un.BeginLog
      ${UnFail} ${E_PARAMETER} UNKNOWN_REMOVAL "$8"
    ${EndIf}
  ${Loop}
FunctionEnd
