// Reads the members of a JSON object into typed values. The first thing that does not fit is kept and names its member
// by its path ("tasks[2].timeOut: not a whole number"); what is read after it is empty, so that one check at the end is
// enough:
//   json::Reader in(object);
//   task.id = in.String("taskID");
//   task.timeout = in.Int("timeOut", 0, 86400);
//   if (!in.status()) return in.Error();
// Unknown members are passed over. Views point into the object, which must outlive them. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/json.h"

namespace assist::json {

class Reader {
 public:
  explicit Reader(const Object& object);
  /// Fails at once when `value` is not an object.
  explicit Reader(const Value& value);

  /// Mandatory; an empty text is one.
  std::string_view String(std::string_view name);
  std::int64_t Int(std::string_view name, std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                   std::int64_t max = std::numeric_limits<std::int64_t>::max());
  bool Bool(std::string_view name);

  /// Absent and null give `fallback`; another type fails.
  std::string_view StringOr(std::string_view name, std::string_view fallback);
  std::int64_t IntOr(std::string_view name, std::int64_t fallback,
                     std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                     std::int64_t max = std::numeric_limits<std::int64_t>::max());
  bool BoolOr(std::string_view name, bool fallback);

  /// The object `name`; its errors become this reader's. Empty when absent or null.
  std::optional<Reader> Child(std::string_view name);
  /// Calls `item` for each object of the array `name`; absent and null count as an empty array.
  void Each(std::string_view name, const std::function<void(Reader& item)>& item);
  /// The array `name` of texts; absent and null count as an empty one.
  std::vector<std::string> Strings(std::string_view name);

  [[nodiscard]] bool Has(std::string_view name) const;
  /// For rules of the caller: "member: what". Only the first is kept.
  void Refuse(std::string_view name, std::string_view what);

  /// kInvalid with the first thing that did not fit.
  [[nodiscard]] const Status& status() const noexcept { return *status_; }
  [[nodiscard]] tl::unexpected<assist::Error> Error() const { return tl::unexpected<assist::Error>(status_->error()); }

 private:
  Reader(const Value& value, std::string path, std::shared_ptr<Status> status);
  /// Null when absent, JSON null, or after an error.
  const Value* Find(std::string_view name) const;
  const Value* Need(std::string_view name);
  std::string_view AsString(std::string_view name, const Value& value);
  std::int64_t AsInt(std::string_view name, const Value& value, std::int64_t min, std::int64_t max);
  bool AsBool(std::string_view name, const Value& value);

  const Object* object_;  // null: not an object, the error is kept
  std::string path_;      // with its dot at the end, or empty
  std::shared_ptr<Status> status_;
};

}  // namespace assist::json
