// Ids are types, so that an invocation's id is never taken for a machine's. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace assist {

/// A public id: text as it stands in the API (t-…, c-…, mi-…).
template <class Tag>
class TextId {
 public:
  TextId() = default;
  explicit TextId(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  friend auto operator<=>(const TextId&, const TextId&) = default;

 private:
  std::string text_;
};

/// A key inside the store: an integer, 0 means none. Never shown outside.
template <class Tag>
struct RowId {
  std::int64_t value = 0;
  [[nodiscard]] explicit operator bool() const noexcept { return value != 0; }
  friend auto operator<=>(const RowId&, const RowId&) = default;
};

using CommandId = TextId<struct CommandTag>;        ///< c-…
using InvokeId = TextId<struct InvokeTag>;          ///< t-…; on the agent's wire it is the task id
using InstanceId = TextId<struct InstanceTag>;      ///< mi-… or i-…: a machine
using ActivationId = TextId<struct ActivationTag>;  ///< UUID in capitals

}  // namespace assist

template <class Tag>
struct std::hash<assist::TextId<Tag>> {
  std::size_t operator()(const assist::TextId<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
template <class Tag>
struct std::hash<assist::RowId<Tag>> {
  std::size_t operator()(const assist::RowId<Tag>& id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
