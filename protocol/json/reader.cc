#include "protocol/json/reader.h"

namespace assist::json {

Reader::Reader(const Object& object) : object_(&object), status_(std::make_shared<Status>()) {}

Reader::Reader(const Value& value) : Reader(value, "", std::make_shared<Status>()) {}

Reader::Reader(const Value& value, std::string path, std::shared_ptr<Status> status)
    : object_(value.if_object()), path_(std::move(path)), status_(std::move(status)) {
  if (object_ != nullptr) {
    if (!path_.empty()) path_ += '.';
    return;
  }
  std::string name;
  std::swap(name, path_);
  Refuse(name.empty() ? "document" : name, "not an object");
}

void Reader::Refuse(std::string_view name, std::string_view what) {
  if (!*status_) return;
  *status_ = Fail(Errc::kInvalid, path_ + std::string(name) + ": " + std::string(what));
}

const Value* Reader::Find(std::string_view name) const {
  if (object_ == nullptr || !*status_) return nullptr;
  const Value* value = object_->if_contains(boost::json::string_view(name.data(), name.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Value* Reader::Need(std::string_view name) {
  const Value* value = Find(name);
  if (value == nullptr) Refuse(name, "missing");
  return value;
}

bool Reader::Has(std::string_view name) const { return Find(name) != nullptr; }

std::string_view Reader::AsString(std::string_view name, const Value& value) {
  if (const auto* text = value.if_string()) return View(*text);
  Refuse(name, "not a text");
  return {};
}

std::int64_t Reader::AsInt(std::string_view name, const Value& value, std::int64_t min, std::int64_t max) {
  std::int64_t number = 0;
  if (const auto* plain = value.if_int64()) {
    number = *plain;
  } else if (value.is_uint64()) {  // only what is beyond int64
    Refuse(name, "too large");
    return 0;
  } else {
    Refuse(name, "not a whole number");
    return 0;
  }
  if (number < min || number > max) {
    Refuse(name, "not between " + std::to_string(min) + " and " + std::to_string(max));
    return 0;
  }
  return number;
}

bool Reader::AsBool(std::string_view name, const Value& value) {
  if (const auto* flag = value.if_bool()) return *flag;
  Refuse(name, "not true or false");
  return false;
}

std::string_view Reader::String(std::string_view name) {
  const Value* value = Need(name);
  return value == nullptr ? std::string_view() : AsString(name, *value);
}

std::int64_t Reader::Int(std::string_view name, std::int64_t min, std::int64_t max) {
  const Value* value = Need(name);
  return value == nullptr ? 0 : AsInt(name, *value, min, max);
}

bool Reader::Bool(std::string_view name) {
  const Value* value = Need(name);
  return value != nullptr && AsBool(name, *value);
}

std::string_view Reader::StringOr(std::string_view name, std::string_view fallback) {
  const Value* value = Find(name);
  return value == nullptr ? fallback : AsString(name, *value);
}

std::int64_t Reader::IntOr(std::string_view name, std::int64_t fallback, std::int64_t min, std::int64_t max) {
  const Value* value = Find(name);
  return value == nullptr ? fallback : AsInt(name, *value, min, max);
}

bool Reader::BoolOr(std::string_view name, bool fallback) {
  const Value* value = Find(name);
  return value == nullptr ? fallback : AsBool(name, *value);
}

std::optional<Reader> Reader::Child(std::string_view name) {
  const Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  return Reader(*value, path_ + std::string(name), status_);
}

void Reader::Each(std::string_view name, const std::function<void(Reader& item)>& item) {
  const Value* value = Find(name);
  if (value == nullptr) return;
  const Array* array = value->if_array();
  if (array == nullptr) return Refuse(name, "not an array");
  for (std::size_t i = 0; i < array->size() && *status_; ++i) {
    Reader reader((*array)[i], path_ + std::string(name) + '[' + std::to_string(i) + ']', status_);
    if (*status_) item(reader);
  }
}

std::vector<std::string> Reader::Strings(std::string_view name) {
  std::vector<std::string> texts;
  const Value* value = Find(name);
  if (value == nullptr) return texts;
  const Array* array = value->if_array();
  if (array == nullptr) {
    Refuse(name, "not an array");
    return texts;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto* text = (*array)[i].if_string();
    if (text == nullptr) {
      Refuse(std::string(name) + '[' + std::to_string(i) + ']', "not a text");
      return {};
    }
    texts.emplace_back(View(*text));
  }
  return texts;
}

}  // namespace assist::json
