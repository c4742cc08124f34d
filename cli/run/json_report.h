// What `assist run --output json` prints: one JSON document, a line for each machine as soon as it has ended. The same
// in every language. One thread.
//
//   {"InvokeId":"t-1","CommandId":"c-1","Machines":[
//   {"InstanceId":"mi-1","InstanceName":"web-1","State":"succeeded","ExitCode":0,…,"OutputSize":4,"Output":"123\n"},
//   …
//   ],"TotalCount":2,"Succeeded":2,"Done":2}
//
// Output that is not UTF-8 is in OutputBase64 instead. Bounded: outputs that are kept until their machines end take at
// most Options::most_kept bytes together; what comes above is left out, and its machine has OutputOmitted (bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run/follower.h"

namespace assist::cli {

class JsonReport {
 public:
  struct Options {
    std::size_t most_kept = std::size_t{256} << 20;
  };

  JsonReport(std::string invoke_id, std::string command_id, const Options& options)
      : options_(options), invoke_id_(std::move(invoke_id)), command_id_(std::move(command_id)) {}

  /// Takes new output; a machine that has ended goes to `out`. `name` is its name, or empty.
  void Take(const OutputPiece& piece, const Machine& machine, std::string_view name, std::string& out);
  /// The end of the document; machines that have not ended are told with what is there.
  void Finish(const std::vector<Machine>& machines, std::string& out);

 private:
  struct Kept {
    std::string output;
    std::int64_t lost = 0;     ///< The server does not have it.
    std::int64_t omitted = 0;  ///< Over the limit.
    bool written = false;
  };
  void Begin(std::string& out);
  void Write(const Machine& machine, std::string_view name, Kept& kept, std::string& out);

  const Options options_;
  const std::string invoke_id_;
  const std::string command_id_;
  std::vector<Kept> kept_;  ///< By machine.
  std::size_t bytes_ = 0;
  bool begun_ = false;
  bool first_ = true;
};

}  // namespace assist::cli
