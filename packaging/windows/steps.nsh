; What setup does, step by step, with its log. Every function may change $0 to $9.

; Log: one line into the log and the window.
!macro Log TEXT
  DetailPrint "${TEXT}"
  !ifdef __UNINSTALL__
    Push "${TEXT}"
    Call un.WriteLog
  !else
    Push "${TEXT}"
    Call WriteLog
  !endif
!macroend
!define Log "!insertmacro Log"

; Run: a program to its end, unseen; what it said comes into the log and $Output, its exit code into CODE ("error":
; it could not be started).
!macro Run LINE CODE
  nsExec::ExecToStack `${LINE}`
  Pop ${CODE}
  Pop $Output
  ${Log} "$Output"
!macroend
!define Run "!insertmacro Run"

; Fail: the end, with this exit code. A person reads the text of their language.
!macro Fail CODE NAME DETAIL
  StrCpy $Detail "${DETAIL}" ; Undo runs programs, and $Output is theirs
  ${Log} "${EN_${NAME}} $Detail"
  ${Log} "failed, exit code ${CODE}"
  Call Undo
  MessageBox MB_OK|MB_ICONSTOP "$(${NAME})$\r$\n$Detail" /SD IDOK
  SetErrorLevel ${CODE}
  Quit
!macroend
!define Fail "!insertmacro Fail"
!macro UnFail CODE NAME DETAIL
  ${Log} "${EN_${NAME}} ${DETAIL}"
  ${Log} "failed, exit code ${CODE}"
  MessageBox MB_OK|MB_ICONSTOP "$(${NAME})$\r$\n${DETAIL}" /SD IDOK
  SetErrorLevel ${CODE}
  Quit
!macroend
!define UnFail "!insertmacro UnFail"

; RefuseUnsafeTemp: the end where others write to the folder for temporary files, and so could exchange the plugins and
; the new agent there while we run them: NSIS before 3.11 loses a race for its folder (CVE-2025-43715), before 3.12 it
; may be driven into TEMP\Low (CVE-2026-42171), and Debian 12 has 3.08. SYSTEM and the accounts of services, whose
; profiles lie below Windows' folder, have C:\Windows\Temp. Comes first: no plugin may be used before, and so neither
; Fail nor Log. The reason goes to where only administrators write, wherever /D= points.
!macro RefuseUnsafeTemp
  StrLen $0 "$WINDIR\"
  StrCpy $1 "$PROFILE\" $0
  GetFullPathName $2 $TEMP
  ${If} $2 == ""
    StrCpy $2 $TEMP
  ${EndIf}
  StrCpy $3 "$2\" $0
  StrCpy $4 $TEMP 4 -4
  ${If} $1 == "$WINDIR\"
  ${OrIf} $3 == "$WINDIR\"
  ${OrIf} $4 == "\Low"
    CreateDirectory "$PROGRAMFILES64\Assist"
    FileOpen $5 "$PROGRAMFILES64\Assist\setup.log" a
    FileSeek $5 0 END
    FileWrite $5 "${EN_UNSAFE_TEMP} $2$\r$\nfailed, exit code ${E_SYSTEM}$\r$\n"
    FileClose $5
    MessageBox MB_OK|MB_ICONSTOP "$(UNSAFE_TEMP)$\r$\n$2" /SD IDOK
    SetErrorLevel ${E_SYSTEM}
    Quit
  ${EndIf}
!macroend

!macro LogFunctions un
Function ${un}BeginLog ; into the folder of the programs, where only administrators write
  ${If} $LogFile == ""
    CreateDirectory "$INSTDIR"
    StrCpy $LogFile "$INSTDIR\setup.log"
  ${EndIf}
FunctionEnd

Function ${un}WriteLog ; TEXT on the stack
  Exch $R0
  Push $R1
  Push $R2
  Push $R3
  Push $R4
  Push $R5
  Push $R6
  Push $R7
  Push $R8
  ${If} $LogFile != ""
    ${GetTime} "" "L" $R2 $R3 $R4 $R5 $R6 $R7 $R8
    ClearErrors
    FileOpen $R1 "$LogFile" a
    ${IfNot} ${Errors}
      FileSeek $R1 0 END
      FileWrite $R1 "$R4-$R3-$R2 $R6:$R7:$R8 $R0$\r$\n"
      FileClose $R1
    ${EndIf}
  ${EndIf}
  Pop $R8
  Pop $R7
  Pop $R6
  Pop $R5
  Pop $R4
  Pop $R3
  Pop $R2
  Pop $R1
  Pop $R0
FunctionEnd

; NAME of a program on the stack. It gets out of the way; one that runs (a supervisor of a script) goes on
; under another name, and its file goes when it has ended: at the next setup, or when the machine starts again.
Function ${un}PutAside
  Exch $R0
  Push $R1
  ${If} ${FileExists} "$INSTDIR\$R0"
    StrCpy $R1 1
    ${DoWhile} ${FileExists} "$INSTDIR\$R0.$R1.old"
      IntOp $R1 $R1 + 1
    ${Loop}
    Rename "$INSTDIR\$R0" "$INSTDIR\$R0.$R1.old"
    StrCpy $R1 "$INSTDIR\$R0.$R1.old"
  ${Else}
    StrCpy $R1 ""
  ${EndIf}
  StrCpy $R0 $R1
  Pop $R1
  Exch $R0 ; where it is now
FunctionEnd
!macroend
!insertmacro LogFunctions ""
!insertmacro LogFunctions "un."

Var OldAgent      ; where Undo finds the programs that were there
Var OldSupervisor
Var Touched       ; 1: programs were put into their place

Function LearnState
  ${Run} '"$PLUGINSDIR\new\assist-agent.exe" status --json' $0
  ${StrStr} $1 "$Output" '"Registered":'
  ${If} $1 == ""
    ${Fail} ${E_SYSTEM} DOES_NOT_START "$0 $Output"
  ${EndIf}
  ${StrStr} $1 "$Output" '"Registered":true'
  ${If} $1 != ""
    StrCpy $Registered 1
  ${EndIf}
FunctionEnd

Function Register
  ${If} $Server == ""
    Return
  ${EndIf}
  ${If} $Registered == 1
    ${StrStr} $1 "$Output" '"Server":"$Server"'
    ${If} $1 == ""
      ${Fail} ${E_REGISTER} OTHER_SERVER "$Output"
    ${EndIf}
    ${Log} "registered at $Server already: it stays as it is"
    Return
  ${EndIf}
  StrCpy $R0 '"$PLUGINSDIR\new\assist-agent.exe" register --server "$Server" --activation-id "$ActivationId"'
  ${If} $CaFingerprint != ""
    StrCpy $R0 '$R0 --ca-fingerprint "$CaFingerprint"'
  ${EndIf}
  ${If} $CaFile != ""
    StrCpy $R0 '$R0 --ca-file "$CaFile"'
  ${EndIf}
  ${If} $MachineName != ""
    StrCpy $R0 '$R0 --name "$MachineName"'
  ${EndIf}
  ${If} $Region != ""
    StrCpy $R0 '$R0 --region "$Region"'
  ${EndIf}
  StrCpy $R1 $Tags
  StrCpy $R2 ""
  ${DoWhile} $R1 != ""
    StrCpy $R3 $R1 1
    StrCpy $R1 $R1 "" 1
    ${If} $R3 != "$\n"
      StrCpy $R2 "$R2$R3"
    ${ElseIf} $R2 != ""
      StrCpy $R0 '$R0 --tag "$R2"'
      StrCpy $R2 ""
    ${EndIf}
  ${Loop}
  ; The code is in no command line from here on: others could read it there.
  ${If} $ActivationCode != ""
    System::Call 'kernel32::SetEnvironmentVariable(t "ASSIST_ACTIVATION_CODE", t "$ActivationCode")'
  ${EndIf}
  ${Run} '$R0' $0
  System::Call 'kernel32::SetEnvironmentVariable(t "ASSIST_ACTIVATION_CODE", p 0)'
  ${If} $0 != 0
    ${Fail} ${E_REGISTER} NOT_REGISTERED "$Output"
  ${EndIf}
  StrCpy $Registered 1
FunctionEnd

Function StopService
  ${Run} '"$PLUGINSDIR\new\assist-agent.exe" service status' $0
  ${If} $0 == 0
    StrCpy $WasRunning 1
    ${Run} '"$PLUGINSDIR\new\assist-agent.exe" service stop' $0
    ${If} $0 != 0
      ${Fail} ${E_SERVICE} NOT_STOPPED "$Output"
    ${EndIf}
  ${EndIf}
FunctionEnd

; NAME on the stack: from the folder beside into its place.
Function PutOne
  Exch $R0
  ClearErrors
  CopyFiles /SILENT "$PLUGINSDIR\new\$R0" "$INSTDIR\$R0"
  ${If} ${Errors}
    ${Fail} ${E_FILES} NOT_PUT "$INSTDIR\$R0"
  ${EndIf}
  Pop $R0
FunctionEnd

Function PutFiles
  Delete "$INSTDIR\assist-*.old" ; of earlier setups; those that still run stay
  CreateDirectory "$INSTDIR"
  Push assist-agent.exe
  Call PutAside
  Pop $OldAgent
  Push assist-supervisor.exe
  Call PutAside
  Pop $OldSupervisor
  StrCpy $Touched 1
  Push assist-agent.exe
  Call PutOne
  Push assist-supervisor.exe
  Call PutOne
  Push LICENSE.txt
  Call PutOne
  Push README.txt
  Call PutOne
FunctionEnd

Function SetUpService
  ${Run} '"$INSTDIR\assist-agent.exe" service install' $0
  ${If} $0 != 0
    ${Fail} ${E_SERVICE} NOT_SET_UP "$Output"
  ${EndIf}
  ${If} $Registered != 1
    ${Log} "not registered yet: `assist-agent register` (see README.txt), then `assist-agent service start`"
  ${ElseIf} $Upgrade == 1
  ${AndIf} $WasRunning != 1
    ${Log} "the service did not run before and is left stopped"
  ${Else}
    ${Run} '"$INSTDIR\assist-agent.exe" service start' $0
    ${If} $0 != 0
      ${Fail} ${E_SERVICE} NOT_STARTED "$Output"
    ${EndIf}
  ${EndIf}
  Delete /REBOOTOK "$INSTDIR\assist-*.old"
FunctionEnd

; The machine as it was. An identity that the server gave is kept: the server knows this machine from then on, and the
; next setup goes on with it.
Function Undo
  ${If} $Touched == 1
    ${If} $Upgrade != 1
      ${Run} '"$PLUGINSDIR\new\assist-agent.exe" service uninstall' $0
      Delete "$INSTDIR\LICENSE.txt"
      Delete "$INSTDIR\README.txt"
    ${EndIf}
    Delete "$INSTDIR\assist-agent.exe"
    Delete "$INSTDIR\assist-supervisor.exe"
    ${If} $OldAgent != ""
      Rename "$OldAgent" "$INSTDIR\assist-agent.exe"
    ${EndIf}
    ${If} $OldSupervisor != ""
      Rename "$OldSupervisor" "$INSTDIR\assist-supervisor.exe"
    ${EndIf}
  ${EndIf}
  ${If} $WasRunning == 1
    ${Run} '"$INSTDIR\assist-agent.exe" service start' $0
  ${EndIf}
  ${If} $Registered != 1
  ${AndIf} $HadData != 1
  ${AndIf} ${FileExists} "${DATA}\*.*"
    ${Run} '"$SYSDIR\cmd.exe" /d /c rd /s /q "${DATA}"' $0
  ${EndIf}
  ${If} $MadeFolder == 1
    ${If} ${FileExists} "$INSTDIR\setup.log"
      Delete "$TEMP\assist-agent-setup.log"
      Rename "$INSTDIR\setup.log" "$TEMP\assist-agent-setup.log"
    ${EndIf}
    RMDir "$INSTDIR"
  ${EndIf}
FunctionEnd
