; The folder of the programs. Below "Program Files" it inherits a list by which only administrators write; elsewhere (/D=) what
; it inherits may let every user exchange the program of the service (on a data drive: "Authenticated Users: modify"), so
; that it gets a list of its own. Folders above it are not changed: docs/install.md.

; $0: 1 when $INSTDIR is below "Program Files". One with ".." counts as elsewhere.
Function IsInProgramFiles
  StrLen $1 "$PROGRAMFILES64\"
  StrCpy $2 $INSTDIR $1
  ${StrStr} $3 $INSTDIR ".."
  StrCpy $0 0
  ${If} $2 == "$PROGRAMFILES64\"
  ${AndIf} $3 == ""
    StrCpy $0 1
  ${EndIf}
FunctionEnd

; Ends setup when there is something in $INSTDIR: it is somebody else's, and what they put there they may still write. Or
; when $INSTDIR is a link (FILE_ATTRIBUTE_REPARSE_POINT 0x400), which its owner may turn elsewhere.
Function CheckFolderIsFree
  ${IfNot} ${FileExists} "$INSTDIR\*.*"
    Return
  ${EndIf}
  StrCpy $3 ""
  FindFirst $1 $2 "$INSTDIR\*.*"
  ${DoWhile} $2 != ""
    ${If} $2 != "."
    ${AndIf} $2 != ".."
      StrCpy $3 $2
      ${ExitDo}
    ${EndIf}
    FindNext $1 $2
  ${Loop}
  FindClose $1
  System::Call 'kernel32::GetFileAttributes(t "$INSTDIR") i .r4'
  IntOp $4 $4 & 0x400
  ${If} $3 != ""
  ${OrIf} $4 <> 0
    ${Fail} ${E_PARAMETER} NOT_FREE "$INSTDIR $3"
  ${EndIf}
FunctionEnd

; Arguments of icacls, after the folder.
!macro List ARGUMENTS
  ${Log} 'icacls $\"$INSTDIR$\" ${ARGUMENTS}'
  ${Run} '"$SYSDIR\icacls.exe" "$INSTDIR" ${ARGUMENTS}' $0
  ${If} $0 != 0
    ${Fail} ${E_FILES} NO_LIST "$INSTDIR: $0 $Output"
  ${EndIf}
!macroend

; The log of a new folder begins in %TEMP%, until the folder is known to be ours alone.
Function PrepareFolder
  Call IsInProgramFiles
  ${If} $0 == 1
    StrCpy $LogFile ""
    Return
  ${EndIf}
  ${If} $Upgrade == 1
    Call BeginLog
  ${Else}
    StrCpy $LogFile "$TEMP\assist-agent-setup.log"
    Call CheckFolderIsFree
    ${IfNot} ${FileExists} "$INSTDIR\*.*"
      StrCpy $MadeFolder 1
    ${EndIf}
    CreateDirectory "$INSTDIR"
  ${EndIf}
  ; Administrators own it: an owner may always change the list. SYSTEM and administrators: all; users: read and run.
  !insertmacro List "/setowner *S-1-5-32-544"
  !insertmacro List "/inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX"
  ${If} $Upgrade != 1
    Call CheckFolderIsFree ; again: until now others could write
    StrCpy $LogFile ""
  ${EndIf}
FunctionEnd
