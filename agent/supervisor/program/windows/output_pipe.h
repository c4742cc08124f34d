// The reading end of a script's output, which can be waited for together with other things. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "common/windows/system.h"
#include "common/windows/unique_handle.h"

namespace assist::agent::supervisor {

class OutputPipe {
 public:
  /// A pipe that only this process knows the name of; the writing end is open in the child to come. Null:
  /// GetLastError().
  static std::unique_ptr<OutputPipe> Make(UniqueHandle& write);
  ~OutputPipe();
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;

  enum class Got {
    kBytes,    ///< There are some.
    kNothing,  ///< ready() tells when to look again.
    kEnd,      ///< Every holder has closed it.
  };
  /// `bytes` are valid until the next call; at most kPiece.
  Got Read(std::string_view& bytes);
  /// Is set when the read that is under way has an answer.
  [[nodiscard]] HANDLE ready() const noexcept { return ready_.get(); }
  /// Bytes that Read() would give now without more being written.
  [[nodiscard]] std::size_t Waiting();

  /// One byte of a code page may become three of UTF-8, and all of it must fit into one frame of the spool.
  static constexpr std::size_t kPiece = 16 * 1024;

 private:
  OutputPipe(UniqueHandle read, UniqueHandle ready);
  UniqueHandle pipe_;
  UniqueHandle ready_;
  OVERLAPPED under_way_{};
  bool pending_ = false;
  std::array<char, kPiece> buffer_{};
};

}  // namespace assist::agent::supervisor
