#include "cli/run/options.h"

namespace assist::cli {

const VerbSpec& RunSpec() {
  static const VerbSpec kSpec = {
      .name = "run",
      .summary = msg::kRunSummary,
      .usage = {"-i ID... [OPTIONS] -- 'SCRIPT'", "-t KEY=VALUE... [OPTIONS] --file FILE", "--all [OPTIONS] --stdin"},
      .examples =
          {
              {"assist run --all -- 'uptime'", msg::kRunExampleAll},
              {"assist run -i mi-1 web-2 -- 'df -h; free -m'", msg::kRunExampleIds},
              {"assist run -t role=web -t stage=test --timeout 300 --file upgrade.sh", msg::kRunExampleFile},
              {"assist run --all --max-concurrency 10% --max-errors 1 --file upgrade.sh", msg::kRunExampleWaves},
              {"assist run --all --max-cpu 30 --max-memory 512M --file report.sh", msg::kRunExampleBudgets},
              {"assist run -i mi-1 --param name=Jack --param n=3 -- 'echo {{name}} {{n}}'", msg::kRunExampleParam},
              {"assist run -i mi-1 --user www-data --workdir /srv/www -- 'git pull'", msg::kRunExampleUser},
              {"echo 'hostname; id' | assist run --all --stdin --output json", msg::kRunExampleJson},
              {"assist run -i mi-win --file check.ps1", msg::kRunExampleWindows},
              {"assist run --all --no-wait --delivery-timeout -1 -- 'reboot'", msg::kRunExampleDetach},
          },
      .options =
          {
              {msg::kGroupWhere,
               {
                   {"-i", "--instance", "MACHINE", msg::kRunOptInstance, Offer::kMachine, "", true},
                   {"-t", "--tag", "KEY=VALUE", msg::kRunOptTag, Offer::kNothing, "", true},
                   {"-a", "--all", "", msg::kRunOptAll},
               }},
              {msg::kGroupWhat,
               {
                   {"-f", "--file", "FILE", msg::kRunOptFile, Offer::kFile},
                   {"", "--stdin", "", msg::kRunOptStdin},
                   {"", "--type", "TYPE", msg::kRunOptType, Offer::kChoices,
                    "shell bat powershell RunShellScript RunBatScript RunPowerShellScript"},
                   {"-p", "--param", "NAME=VALUE", msg::kRunOptParam, Offer::kNothing, "", true},
                   {"-u", "--user", "NAME", msg::kRunOptUser},
                   {"--dir", "--workdir", "FOLDER", msg::kRunOptWorkdir},
                   {"", "--container-name", "NAME", msg::kRunOptContainerName},
                   {"", "--container-id", "ID", msg::kRunOptContainerId},
               }},
              {msg::kGroupHow,
               {
                   {"", "--timeout", "SECONDS", msg::kRunOptTimeout},
                   {"", "--delivery-timeout", "SECONDS", msg::kRunOptDelivery},
                   {"", "--max-concurrency", "N|P%", msg::kRunOptConcurrency},
                   {"", "--max-errors", "N", msg::kRunOptErrors},
                   {"", "--max-cpu", "SECONDS", msg::kRunOptMaxCpu},
                   {"", "--max-memory", "SIZE", msg::kRunOptMaxMemory},
                   {"", "--max-processes", "N", msg::kRunOptMaxProcesses},
                   {"", "--max-output", "SIZE", msg::kRunOptMaxOutput},
                   {"", "--name", "TEXT", msg::kRunOptName},
                   {"", "--description", "TEXT", msg::kRunOptDescription},
                   {"--detach", "--no-wait", "", msg::kRunOptNoWait},
                   {"", "--wait", "SECONDS", msg::kRunOptWait},
               }},
              {msg::kGroupOutput,
               {
                   {"", "--output", "FORMAT", msg::kRunOptOutput, Offer::kChoices, "text json"},
                   {"", "--prefix", "WHEN", msg::kRunOptPrefix, Offer::kChoices, "auto always never"},
                   {"", "--raw", "", msg::kRunOptRaw},
                   {"-q", "--quiet", "", msg::kRunOptQuiet},
               }},
          },
      .script = true,
      .notes = {msg::kRunNoteInterrupt, msg::kRunNoteBudgets},
  };
  return kSpec;
}

}  // namespace assist::cli
