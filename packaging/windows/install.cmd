@echo off
rem Installs the programs beside this file as setup.exe does, where none may be run. README.txt has the words.
rem   install.cmd [what `assist-agent register` takes]      again: an upgrade
rem   install.cmd --remove [--purge]
rem Exit codes: 0 done, 2 wrong word, 4 not registered, 5 a file could not be put into its place, 6 the service.
setlocal
set "HERE=%~dp0"
set "TO=%ProgramFiles%\Assist"
set "DATA=C:\ProgramData\assist-agent"
if "%~1"=="--remove" goto remove
if not exist "%HERE%assist-agent.exe" goto incomplete
if not exist "%HERE%assist-supervisor.exe" goto incomplete

rem With the new program, before anything is touched.
if "%~1"=="" goto registered
"%HERE%assist-agent.exe" register %*
if errorlevel 1 goto unregistered
:registered
set ASSIST_ACTIVATION_CODE=

set RAN=0
"%HERE%assist-agent.exe" service status >nul 2>&1
if not errorlevel 1 set RAN=1
if "%RAN%"=="0" goto put
"%HERE%assist-agent.exe" service stop
if errorlevel 1 goto service
:put
if not exist "%TO%" mkdir "%TO%"
rem What still runs (supervisors of scripts) goes on under another name, and is taken away when it has ended.
del /q "%TO%\*.old" >nul 2>&1
call :aside assist-agent.exe
call :aside assist-supervisor.exe
copy /y "%HERE%assist-agent.exe" "%TO%\assist-agent.exe" >nul
if not exist "%TO%\assist-agent.exe" goto files
copy /y "%HERE%assist-supervisor.exe" "%TO%\assist-supervisor.exe" >nul
if not exist "%TO%\assist-supervisor.exe" goto files
del /q "%TO%\*.old" >nul 2>&1
"%TO%\assist-agent.exe" service install
if errorlevel 1 goto service
if not exist "%DATA%\identity\identity.json" goto later
"%TO%\assist-agent.exe" service start
if errorlevel 1 goto service
echo assist-agent is installed and runs
exit /b 0
:later
echo assist-agent is installed; it starts after `assist-agent register` and `assist-agent service start`
exit /b 0

:remove
set PURGE=0
if "%~2"=="--purge" set PURGE=1
if "%PURGE%"=="0" if not "%~2"=="" goto usage
if not exist "%TO%\assist-agent.exe" goto absent
"%TO%\assist-agent.exe" service uninstall
call :aside assist-agent.exe
call :aside assist-supervisor.exe
del /q "%TO%\*.old" >nul 2>&1
rd "%TO%" >nul 2>&1
if "%PURGE%"=="1" rd /s /q "%DATA%"
if "%PURGE%"=="1" if exist "%DATA%" goto left
echo assist-agent is removed
exit /b 0

:aside
if not exist "%TO%\%1" exit /b 0
set NUMBER=1
:next
if not exist "%TO%\%1.%NUMBER%.old" goto free
set /a NUMBER=NUMBER+1
goto next
:free
ren "%TO%\%1" "%1.%NUMBER%.old"
exit /b 0

:incomplete
echo install.cmd: assist-agent.exe and assist-supervisor.exe must lie beside it: unpack the whole zip 1>&2
exit /b 5
:unregistered
echo install.cmd: the machine was not registered, and nothing was installed 1>&2
exit /b 4
:files
echo install.cmd: the programs could not be copied to %TO%: run it as administrator 1>&2
exit /b 5
:service
echo install.cmd: the service could not be set up: run it as administrator 1>&2
exit /b 6
:usage
echo install.cmd: unknown word "%~2" after --remove (--purge) 1>&2
exit /b 2
:absent
echo install.cmd: %TO%\assist-agent.exe is not there: nothing to remove 1>&2
exit /b 5
:left
echo install.cmd: files of %DATA% are in use; remove the folder when the machine has started again 1>&2
exit /b 5
