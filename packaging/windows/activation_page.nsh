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
  ${If} $Server == ""
  ${AndIf} "$ActivationId$ActivationCode$CaFingerprint" != ""
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(NO_SERVER)"
    Abort
  ${EndIf}
  ${If} $Server != ""
  ${AndIf} $ActivationId == ""
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(NO_ACTIVATION_ID)"
    Abort
  ${EndIf}
FunctionEnd
