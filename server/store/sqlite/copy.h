// A copy of the store's file as it is at one moment, also while another process writes to it.
#pragma once

#include <string>

#include "common/base/result.h"

namespace assist::server::store::sqlite {

/// Copies everything committed in the store `from` into the file `to`: empty or made here, in one piece, without a log
/// beside it; not synced. kUnavailable: one of them cannot be read or written, the disk is full. Blocks, for about as
/// long as reading the file takes; the store's writer is not held up, but its log grows meanwhile.
[[nodiscard]] Status CopyStore(const std::string& from, const std::string& to);

}  // namespace assist::server::store::sqlite
