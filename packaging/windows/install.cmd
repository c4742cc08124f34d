@echo off
rem Installs the programs beside this file as setup.exe does, where none may be run. README.txt has the words.
rem   install.cmd [what `assist-agent register` takes]      again: an upgrade
rem   install.cmd --remove [--purge]
rem Exit codes: 0 done, 2 wrong word, 3 the new program does not start here, 4 not registered, 5 a file could not be put
rem into its place, 6 the service.
rem Not `if errorlevel 1`: a program that Windows cannot start has a negative code (0xC0000135), which is less. What leaves
rem the code alone when it went well (mkdir, ren) is judged by what is there.
setlocal
set ERRORLEVEL=
set "HERE=%~dp0"
set "TO=%ProgramFiles%\Assist"
set "DATA=C:\ProgramData\assist-agent"
set OLD_AGENT=
set OLD_SUPERVISOR=
set RAN=0
if "%~1"=="--remove" goto remove
if not exist "%HERE%assist-agent.exe" goto incomplete
if not exist "%HERE%assist-supervisor.exe" goto incomplete

rem With the new program, before anything is touched.
if "%~1"=="" goto registered
"%HERE%assist-agent.exe" register %*
if not "%errorlevel%"=="0" goto unregistered
:registered
set ASSIST_ACTIVATION_CODE=

"%HERE%assist-agent.exe" service status >nul 2>&1
set STATE=%errorlevel%
if "%STATE%"=="3" goto put
if "%STATE%"=="4" goto put
if not "%STATE%"=="0" goto broken
set RAN=1
"%HERE%assist-agent.exe" service stop
if not "%errorlevel%"=="0" goto service
:put
if exist "%TO%\" goto there
mkdir "%TO%"
if not exist "%TO%\" goto files
:there
rem What still runs (supervisors of scripts) goes on under another name, and is taken away when it has ended.
del /q "%TO%\*.old" >nul 2>&1
call :aside assist-agent.exe
if not "%errorlevel%"=="0" goto files
set "OLD_AGENT=%ASIDE%"
call :aside assist-supervisor.exe
if not "%errorlevel%"=="0" goto files
set "OLD_SUPERVISOR=%ASIDE%"
copy /y "%HERE%assist-agent.exe" "%TO%\assist-agent.exe" >nul
if not "%errorlevel%"=="0" goto files
if not exist "%TO%\assist-agent.exe" goto files
copy /y "%HERE%assist-supervisor.exe" "%TO%\assist-supervisor.exe" >nul
if not "%errorlevel%"=="0" goto files
if not exist "%TO%\assist-supervisor.exe" goto files
del /q "%TO%\*.old" >nul 2>&1
"%TO%\assist-agent.exe" service install
if not "%errorlevel%"=="0" goto service
if not exist "%DATA%\identity\identity.json" goto later
"%TO%\assist-agent.exe" service start
if not "%errorlevel%"=="0" goto service
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
"%TO%\assist-agent.exe" service status >nul 2>&1
if "%errorlevel%"=="4" goto programs
"%TO%\assist-agent.exe" service uninstall
if not "%errorlevel%"=="0" goto service
:programs
call :aside assist-agent.exe
if not "%errorlevel%"=="0" goto inuse
call :aside assist-supervisor.exe
if not "%errorlevel%"=="0" goto inuse
del /q "%TO%\*.old" >nul 2>&1
rd "%TO%" >nul 2>&1
if "%PURGE%"=="1" rd /s /q "%DATA%"
if "%PURGE%"=="1" if exist "%DATA%" goto left
echo assist-agent is removed
exit /b 0

rem Renames that program; ASIDE is its name then, empty when there was none.
:aside
set ASIDE=
if not exist "%TO%\%1" exit /b 0
set NUMBER=1
:next
if not exist "%TO%\%1.%NUMBER%.old" goto free
set /a NUMBER=NUMBER+1
goto next
:free
ren "%TO%\%1" "%1.%NUMBER%.old"
if exist "%TO%\%1" exit /b 1
set "ASIDE=%1.%NUMBER%.old"
exit /b 0

:incomplete
echo install.cmd: assist-agent.exe and assist-supervisor.exe must lie beside it: unpack the whole zip 1>&2
exit /b 5
:broken
echo install.cmd: the new agent does not start on this machine (%STATE%); nothing was installed 1>&2
exit /b 3
:unregistered
echo install.cmd: the machine was not registered, and nothing was installed 1>&2
exit /b 4
:files
if defined OLD_AGENT del /q "%TO%\assist-agent.exe" >nul 2>&1
if defined OLD_AGENT ren "%TO%\%OLD_AGENT%" assist-agent.exe
if defined OLD_SUPERVISOR del /q "%TO%\assist-supervisor.exe" >nul 2>&1
if defined OLD_SUPERVISOR ren "%TO%\%OLD_SUPERVISOR%" assist-supervisor.exe
if "%RAN%"=="1" "%TO%\assist-agent.exe" service start
echo install.cmd: the programs could not be put into %TO%: run it as administrator, or a file there is in use 1>&2
exit /b 5
:service
echo install.cmd: the service could not be changed: run it as administrator 1>&2
exit /b 6
:inuse
echo install.cmd: a program in %TO% is in use and could not be taken away 1>&2
exit /b 5
:usage
echo install.cmd: unknown word "%~2" after --remove (--purge) 1>&2
exit /b 2
:absent
echo install.cmd: %TO%\assist-agent.exe is not there: nothing to remove 1>&2
exit /b 5
:left
echo install.cmd: files of %DATA% are in use; remove the folder when the machine has started again 1>&2
exit /b 5
