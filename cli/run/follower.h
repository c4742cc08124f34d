// Follows an invocation: says what to ask next, takes the answers, hands out new output in order. It does not ask, wait
// or print. One thread.
//
// Cost: what is asked in one tour over the machines is a page for each 50 of them that are not done, plus a call for
// each machine that has more output than the page brought. Few machines are asked one by one. Of a machine's output its
// last line is kept while it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run/result_page.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"
#include "protocol/package/refusal.h"

namespace assist::cli {

/// One machine of the invocation, as far as known.
struct Machine {
  std::string id;
  MachineState state = MachineState::kWaiting;
  std::optional<std::int64_t> exit_code;
  std::string error_code;
  std::string error_info;
  std::int64_t received = 0;  ///< How far its output is read.
  std::int64_t size = 0;      ///< How much there was when last asked.
  bool done = false;          ///< Final, and all output read.
  std::string tail;           ///< Of the output, until it is done; at most kTail bytes.
  /// Of an order that was refused: what its output ends with, when the exit code is that of the same word.
  std::optional<package::FoundRefusal> refusal;

  static constexpr std::size_t kTail = 4096;
};

/// New output of one machine, or the news that there is a hole in it.
struct OutputPiece {
  std::size_t machine = 0;  ///< Index into machines().
  std::int64_t lost = 0;    ///< Bytes before `bytes` that the server does not have.
  std::string bytes;
  bool last = false;  ///< Nothing more comes from this machine.
};

class Follower {
 public:
  struct Options {
    std::int64_t page_size = 50;      ///< Rows a page; the most that the API takes.
    std::int64_t chunk = 256 * 1024;  ///< Bytes of output in a call for one machine.
    std::size_t few = 3;              ///< Open machines on a page that are asked one by one.
    int calls_a_machine = 8;          ///< In one tour, so that one that talks much does not hold up the others.
  };
  struct Query {
    std::size_t page = 0;                ///< From 1; 0 when asked for one machine.
    std::optional<std::size_t> machine;  ///< Index.
    std::int64_t offset = 0;
    std::int64_t length = 0;
  };

  Follower(std::string invoke_id, const Options& options) : options_(options), invoke_id_(std::move(invoke_id)) {}

  /// The next question of this tour. Empty: the tour is over; the next call begins another.
  [[nodiscard]] std::optional<Query> Next();
  /// The parameters of DescribeInvocationResults for it, but for RegionId.
  [[nodiscard]] encoding::FormFields Parameters(const Query& query) const;
  /// What came back. kNotFound: the server no longer knows the run.
  [[nodiscard]] Status Take(const Query& query, ResultPage answer, std::vector<OutputPiece>& out);

  /// All machines are known and done.
  [[nodiscard]] bool done() const noexcept { return known_ && open_ == 0; }
  /// All machines have been seen.
  [[nodiscard]] bool known() const noexcept { return known_; }
  /// Machines of the invocation; 0 before the first answer.
  [[nodiscard]] std::int64_t total() const noexcept { return total_; }
  /// Something came or changed in the tour that is over: ask again soon.
  [[nodiscard]] bool changed() const noexcept { return changed_; }
  /// Some machine has output that was not read in the tour that is over: ask again at once.
  [[nodiscard]] bool more() const noexcept;
  [[nodiscard]] const std::vector<Machine>& machines() const noexcept { return machines_; }

 private:
  void BeginTour();
  void AskMachine(std::size_t index);
  [[nodiscard]] static Query PageQuery(std::size_t page);
  std::size_t Find(const std::string& id);
  void TakeRow(std::size_t index, ResultRow row, const Query& query, std::vector<OutputPiece>& out);
  void TakeOutput(Machine& machine, ResultRow& row, const Query& query, OutputPiece& piece) const;

  const Options options_;
  const std::string invoke_id_;
  std::vector<Machine> machines_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
  std::vector<std::vector<std::size_t>> pages_;  ///< Machines of page n + 1, as seen last.
  std::deque<Query> tour_;
  /// What this tour asked a machine alone.
  struct Asked {
    int calls = 0;
    bool dry = false;  ///< Its last answer brought nothing.
  };
  std::vector<Asked> asked_;  ///< By machine.
  std::size_t open_ = 0;
  std::size_t pages_seen_ = 0;
  std::int64_t total_ = 0;
  bool known_ = false;
  bool touring_ = false;
  bool changed_ = false;
};

}  // namespace assist::cli
