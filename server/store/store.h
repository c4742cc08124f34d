// The port behind which all state lives. One writer: changes queue up and are committed in batches, a savepoint each;
// reads see a snapshot that holds everything committed before the call. Implementations: sqlite/. Owned by service.
// A job runs on a thread of the store's pools and sees the transaction only while it runs. It may be run again, so it
// does nothing outside; what must happen after the commit belongs into `done`.
#pragma once

#include <stdexcept>
#include <string>

#include "common/base/result.h"
#include "common/base/unique_function.h"
#include "server/store/read_tx.h"
#include "server/store/tx.h"

namespace assist::server::store {

/// Thrown by the methods of ReadTx and Tx when the store cannot go on (disk full, I/O error, damaged file). No use case
/// can act on it, so none catches it: the store does, rolls back and answers with its code.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& what, Errc code = Errc::kUnavailable) : std::runtime_error(what), code_(code) {}
  /// kUnavailable, or kInternal when our own statement or data is at fault.
  [[nodiscard]] Errc code() const noexcept { return code_; }

 private:
  Errc code_;
};

struct WriteJob {
  /// A failed Status rolls back what this job did, and nothing of others.
  UniqueFunction<Status(Tx&)> run;
  /// Once, on the writer's thread, after the commit: the Status of `run`, or kUnavailable when nothing was done because
  /// the queue was full, the disk was full or the commit failed. Must be short and must not block.
  UniqueFunction<void(Status)> done;
};

struct ReadJob {
  UniqueFunction<Status(ReadTx&)> run;
  UniqueFunction<void(Status)> done;  ///< Once, on the reader's thread (on the caller's when the queue is full).
};

class Store {
 public:
  virtual ~Store() = default;
  /// Any thread; never blocks. Jobs are committed as soon as the writer is free; what came meanwhile is the next batch.
  virtual void Write(WriteJob job) = 0;
  /// Any thread; never blocks.
  virtual void Read(ReadJob job) = 0;
};

}  // namespace assist::server::store
