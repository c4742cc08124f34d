// Is this text of the form of a schedule (reference, chapter 9.3)? Tells a bad Frequency from one that this server
// merely does not run. It looks at the form and at rate's bounds, not at the dates. Pure.
#pragma once

#include <string_view>

namespace assist::server::openapi {

/// `rate(5m)`, `at(2020-01-01 10:00:00 UTC)` or a cron expression of six to eight fields.
[[nodiscard]] bool IsFrequencyForm(std::string_view text) noexcept;

}  // namespace assist::server::openapi
