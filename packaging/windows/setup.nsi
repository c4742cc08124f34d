; The installer of the agent for Windows (docs/install.md). Made by packaging/make_windows.sh, which defines:
;   VERSION       as the agent says it        NUMBERS   the same as four numbers
;   PROGRAMS      folder of assist-agent.exe and assist-supervisor.exe
;   TEXTS         folder of LICENSE.txt and README.txt
;   OUT           the installer
; Exit codes: 0 installed, 1 given up by hand, 2 wrong parameter, 3 this Windows or this user will not do, 4 not
; registered, 5 a file could not be put into its place, 6 the service. After each but 0 the machine is as it was before.
; The uninstaller: 0, 2, 3, 6 (nothing was removed), 5 (all is removed but data in use, /PURGE).
Unicode true
Target amd64-unicode ; the 32-bit program would ask for a part of Windows that servers may lack; 64-bit Wine does not run it
ManifestSupportedOS all
ManifestDPIAware true
RequestExecutionLevel admin
SetCompressor lzma ; not /SOLID: its stub unpacks into %TEMP% before the first line of this script
SetDateSave off
SetOverwrite on
AllowRootDirInstall false
ShowInstDetails show
ShowUninstDetails show

!include LogicLib.nsh
!include MUI2.nsh
!include WinVer.nsh
!include x64.nsh
!include FileFunc.nsh
!include StrFunc.nsh
${Using:StrFunc} StrStr

!define DATA "C:\ProgramData\assist-agent" ; agent/service/settings.h
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\AssistAgent"
!define E_PARAMETER 2
!define E_SYSTEM 3
!define E_REGISTER 4
!define E_FILES 5
!define E_SERVICE 6

Name "Assist agent ${VERSION}"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\Assist"
VIProductVersion "${NUMBERS}"
VIAddVersionKey ProductName "Assist agent"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileDescription "Installs the Assist agent"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey LegalCopyright "GPL-3.0"

Var Server
Var ActivationId
Var ActivationCode
Var CaFingerprint
Var CaFile
Var MachineName
Var Tags       ; one a line
Var Region
Var Purge
Var Left       ; 1: data that should have gone is still there
Var LogFile    ; empty: nothing is written yet
Var Detail     ; why setup ends
Var Output     ; what the last program of Run said
Var Registered ; 1: this machine has an identity
Var Upgrade    ; 1: the agent was installed before
Var WasRunning ; 1: its service ran
Var HadData    ; 1: the folder of the agent's data was there
Var MadeFolder ; 1: the folder of the programs was not there, and lies elsewhere than Windows has its own

!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_NOAUTOCLOSE
!insertmacro MUI_PAGE_LICENSE "${TEXTS}/LICENSE.txt"
!define MUI_PAGE_CUSTOMFUNCTION_PRE OnlyWhenNew
!insertmacro MUI_PAGE_DIRECTORY
Page custom ShowActivation TakeActivation
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English ; the first is for every language that is not here
!insertmacro MUI_LANGUAGE SimpChinese

!include texts.nsh
!include steps.nsh
!include folder.nsh
!include parameters.nsh
!include activation_page.nsh

Function .onInit
  !insertmacro RefuseUnsafeTemp
  SetRegView 64
  SetShellVarContext all
  InitPluginsDir
  ReadRegStr $0 HKLM "${KEY}" InstallLocation
  ${If} $0 != ""
    StrCpy $Upgrade 1
    ${If} $INSTDIR != "$PROGRAMFILES64\Assist"
    ${AndIf} $INSTDIR != $0
      StrCpy $1 $INSTDIR
      StrCpy $INSTDIR $0
      Call BeginLog
      ${Fail} ${E_PARAMETER} ELSEWHERE "$1"
    ${EndIf}
    StrCpy $INSTDIR $0
  ${EndIf}
  UserInfo::GetAccountType
  Pop $0
  ${If} $0 != Admin
    StrCpy $LogFile "$TEMP\assist-agent-setup.log" ; no administrator: the folder of the programs is not theirs
    ${Fail} ${E_SYSTEM} NO_ADMINISTRATOR "$0"
  ${EndIf}
  ${If} ${Silent}
    ${If} $Upgrade == 1
      Call BeginLog
    ${Else}
      StrCpy $LogFile "$TEMP\assist-agent-setup.log" ; nothing is made before all parameters are right
    ${EndIf}
  ${EndIf}
  ; A 32-bit Windows does not start this program at all, and says so itself.
  ${IfNot} ${AtLeastWin7}
    ${Fail} ${E_SYSTEM} TOO_OLD ""
  ${EndIf}
  ${If} ${FileExists} "${DATA}\*.*"
    StrCpy $HadData 1
  ${EndIf}
  Call TakeParameters
FunctionEnd

Function OnlyWhenNew
  ${If} $Upgrade == 1
    Abort ; where it lies is settled
  ${EndIf}
FunctionEnd

Section
  SetRegView 64
  SetShellVarContext all
  Call PrepareFolder
  Call BeginLog
  ${Log} "setup of assist-agent ${VERSION}, into $INSTDIR"
  SetOutPath "$PLUGINSDIR\new"
  File "${PROGRAMS}/assist-agent.exe"
  File "${PROGRAMS}/assist-supervisor.exe"
  File "${TEXTS}/LICENSE.txt"
  File "${TEXTS}/README.txt"
  SetOutPath "$PLUGINSDIR"
  ; With the new program, from a folder of its own: when the server refuses, nothing was touched yet.
  Call LearnState
  Call Register
  Call StopService
  Call PutFiles
  Call SetUpService
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${KEY}" DisplayName "Assist agent"
  WriteRegStr HKLM "${KEY}" DisplayVersion "${VERSION}"
  WriteRegStr HKLM "${KEY}" Publisher "Assist"
  WriteRegStr HKLM "${KEY}" InstallLocation "$INSTDIR"
  WriteRegStr HKLM "${KEY}" DisplayIcon "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${KEY}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${KEY}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${KEY}" EstimatedSize $0
  WriteRegDWORD HKLM "${KEY}" NoModify 1
  WriteRegDWORD HKLM "${KEY}" NoRepair 1
  ${Log} "done"
  SetErrorLevel 0
SectionEnd

Function un.onInit
  !insertmacro RefuseUnsafeTemp
  SetRegView 64
  SetShellVarContext all
  InitPluginsDir
  Call un.TakeParameters
FunctionEnd

; The copy that runs in the temporary folder removes the one it was made from, whose process may need a moment to end.
; In place (_?=) it cannot: it keeps its file open, and marked for the next start of Windows, the name would take the
; uninstaller of an installation made meanwhile with it.
Function un.RemoveFolder
  StrCpy $0 0
  ${Do}
    ClearErrors
    Delete "$INSTDIR\uninstall.exe"
    ${IfNot} ${Errors}
    ${OrIf} $0 > 50
      ${ExitDo}
    ${EndIf}
    Sleep 100
    IntOp $0 $0 + 1
  ${Loop}
  RMDir "$INSTDIR"
  ${If} ${FileExists} "$INSTDIR\*.*"
    RMDir /REBOOTOK "$INSTDIR" ; programs that still run; only an empty folder goes
  ${EndIf}
FunctionEnd

Section Uninstall
  SetRegView 64
  SetShellVarContext all
  Call un.BeginLog
  ${Log} "removal of assist-agent ${VERSION} from $INSTDIR"
  ; Stopped and taken away; scripts that run end by themselves, and their results wait for the next installation.
  ${Run} '"$INSTDIR\assist-agent.exe" service status' $0
  ${If} $0 != 4
    ${Run} '"$INSTDIR\assist-agent.exe" service uninstall' $0
    ${If} $0 != 0
      ${UnFail} ${E_SERVICE} NOT_REMOVED "$Output"
    ${EndIf}
  ${EndIf}
  Push assist-agent.exe
  Call un.PutAside
  Push assist-supervisor.exe
  Call un.PutAside
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\README.txt"
  DeleteRegKey HKLM "${KEY}"
  ${If} $Purge == 1
    ; rd takes a link away and leaves what it points to alone; RMDir /r goes through it, and at the next start too.
    ; /d: without what the registry has for each cmd to begin with (AutoRun).
    ${Run} '"$SYSDIR\cmd.exe" /d /c rd /s /q "${DATA}"' $0
    ${If} ${FileExists} "${DATA}\*.*"
      ${Run} '"$SYSDIR\cmd.exe" /d /c dir /b /a "${DATA}"' $0
      StrCpy $Left 1
      ${Log} "${EN_DATA_LEFT} ${DATA}"
    ${EndIf}
  ${EndIf}
  ${If} $Left == 1
    ${Log} "all else is removed; exit code ${E_FILES}"
  ${Else}
    ${Log} "done"
    Delete "$INSTDIR\setup.log"
  ${EndIf}
  Delete /REBOOTOK "$INSTDIR\assist-*.old"
  SetOutPath "$TEMP"
  ${If} $EXEDIR != $INSTDIR
    Call un.RemoveFolder
  ${EndIf}
  SetErrorLevel 0
  ${If} $Left == 1
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(DATA_LEFT)$\r$\n${DATA}" /SD IDOK
    SetErrorLevel ${E_FILES}
  ${EndIf}
SectionEnd
