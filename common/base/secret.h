// Secret<T>: scripts, parameters, output, keys. It has no formatter and no stream operator, so it cannot reach a log by
// accident; whoever needs the value says so with Reveal().
#pragma once

#include <utility>

namespace assist {

template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  [[nodiscard]] const T& Reveal() const noexcept { return value_; }
  [[nodiscard]] T Take() && noexcept { return std::move(value_); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  T value_{};
};

}  // namespace assist
