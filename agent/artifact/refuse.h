// Refusals as Errors: the word of protocol/package/refusal.h is the error's reason. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "common/base/result.h"
#include "protocol/package/refusal.h"

namespace assist::agent::artifact {

[[nodiscard]] inline tl::unexpected<Error> Refuse(package::Refusal refusal, std::string text) {
  return Fail(Errc::kDenied, std::move(text), package::Name(refusal));
}

/// The refusal that an error is; a full disk is NoSpace. Nothing: something else went wrong.
[[nodiscard]] std::optional<package::Refusal> RefusalOf(const Error& error) noexcept;

}  // namespace assist::agent::artifact
