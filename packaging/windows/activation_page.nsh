; The page where a person writes what the silent installation takes from its parameters. An upgrade does not show it.
Var Field.Server
Var Field.Id
Var Field.Code
Var Field.Fingerprint

!macro Field TOP TEXT VALUE FIELD KIND
  ${NSD_CreateLabel} 0 ${TOP}u 100% 10u "${TEXT}"
  Pop $0
  IntOp $1 ${TOP} + 11
  ${NSD_Create${KIND}} 0 $1u 100% 13u "${VALUE}"
  Pop ${FIELD}
!macroend

Function ShowActivation
  ${If} $Upgrade == 1
    Abort
  ${EndIf}
  !insertmacro MUI_HEADER_TEXT "$(PAGE_TITLE)" "$(PAGE_SUBTITLE)"
  nsDialogs::Create 1018
  Pop $0
  ${If} $0 == error
    Abort
  ${EndIf}
  !insertmacro Field 0 "$(PAGE_SERVER)" $Server $Field.Server Text
  !insertmacro Field 30 "$(PAGE_ID)" $ActivationId $Field.Id Text
  !insertmacro Field 60 "$(PAGE_CODE)" $ActivationCode $Field.Code Password
  !insertmacro Field 90 "$(PAGE_FINGERPRINT)" $CaFingerprint $Field.Fingerprint Text
  nsDialogs::Show
FunctionEnd

Function TakeActivation
  ${NSD_GetText} $Field.Server $Server
  ${NSD_GetText} $Field.Id $ActivationId
  ${NSD_GetText} $Field.Code $ActivationCode
  ${NSD_GetText} $Field.Fingerprint $CaFingerprint
  ${If} "$Server$ActivationId$ActivationCode$CaFingerprint" == ""
    Return
  ${EndIf}
  ${If} $Server == ""
  ${OrIf} $ActivationId == ""
  ${OrIf} $ActivationCode == ""
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(PAGE_INCOMPLETE)"
    Abort
  ${EndIf}
  ; In the command line of `assist-agent register` a quotation mark, or a backslash before one, would end the value.
  StrCpy $0 "$Server\$ActivationId\$CaFingerprint"
  ${DoWhile} $0 != ""
    StrCpy $1 $0 1
    StrCpy $0 $0 "" 1
    ${If} $1 == '"'
      StrCpy $0 '"'
      ${ExitDo}
    ${EndIf}
  ${Loop}
  StrCpy $1 $Server 1 -1
  StrCpy $2 $ActivationId 1 -1
  StrCpy $3 $CaFingerprint 1 -1
  ${If} $0 == '"'
  ${OrIf} $1 == "\"
  ${OrIf} $2 == "\"
  ${OrIf} $3 == "\"
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(PAGE_LETTERS)"
    Abort
  ${EndIf}
  ${If} $1 == "/"
    StrCpy $Server $Server -1
  ${EndIf}
FunctionEnd
