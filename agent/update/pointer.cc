#include "agent/update/pointer.h"

#include <limits>

#include "protocol/json/json.h"
#include "protocol/json/reader.h"
#include "protocol/package/version.h"

namespace assist::agent::update {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMaxDigits = 19;

}  // namespace

std::string EncodePointer(const Pointer& pointer) {
  json::Object out;
  out["Format"] = kFormat;
  out["Selected"] = pointer.selected;
  out["Previous"] = pointer.previous;
  out["State"] = pointer.trial ? "trial" : "good";
  out["BootId"] = pointer.boot_id;
  out["Deadline"] = ToUnixMicros(pointer.deadline) / 1000;
  out["Installed"] = pointer.installed;
  if (!pointer.why.empty()) out["Why"] = pointer.why;
  return json::Write(out) + "\n";
}

Result<Pointer> DecodePointer(std::string_view text) {
  if (text.size() > kMaxPointerBytes) return Fail(Errc::kInvalid, "it is too large");
  const Result<json::Object> object = json::ParseObject(text, 8);
  if (!object) return Fail(Errc::kInvalid, object.error().detail);
  json::Reader in(*object);
  const std::int64_t format = in.Int("Format");
  Pointer out;
  out.selected = in.String("Selected");
  out.previous = in.StringOr("Previous", "");
  const std::string_view state = in.String("State");
  out.trial = state == "trial";
  out.boot_id = in.StringOr("BootId", "");
  out.deadline = FromUnixMillis(in.IntOr("Deadline", 0, 0, std::numeric_limits<std::int64_t>::max() / 1000));
  out.installed = in.StringOr("Installed", "");
  out.why = in.StringOr("Why", "");
  if (!in.status()) return in.Error();
  if (format != kFormat) return Fail(Errc::kInvalid, "its format is " + std::to_string(format) + ", known is 1");
  if (state != "trial" && state != "good") return Fail(Errc::kInvalid, "its State is neither trial nor good");
  for (const std::string& slot : {out.selected, out.previous}) {
    if (!slot.empty() && !IsSlotName(slot)) return Fail(Errc::kInvalid, "it names what is no slot");
  }
  return out;
}

std::string SlotName(std::string_view version, std::int64_t sequence) {
  return std::string(version) + "-" + std::to_string(sequence);
}

bool IsSlotName(std::string_view slot) {
  const std::size_t dash = slot.rfind('-');
  if (dash == std::string_view::npos) return false;
  const std::string_view digits = slot.substr(dash + 1);
  return package::IsVersion(slot.substr(0, dash)) && !digits.empty() && digits.size() <= kMaxDigits &&
         digits.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string VersionOfSlot(std::string_view slot) {
  return IsSlotName(slot) ? std::string(slot.substr(0, slot.rfind('-'))) : std::string();
}

std::string EncodeTries(const Tries& tries) {
  json::Object out;
  out["Slot"] = tries.slot;
  out["BootId"] = tries.boot_id;
  out["Count"] = tries.count;
  return json::Write(out) + "\n";
}

Tries DecodeTries(std::string_view text) {
  Tries out;
  const Result<json::Object> object = json::ParseObject(text, 8);
  if (object) {
    json::Reader in(*object);
    out.slot = in.String("Slot");
    out.boot_id = in.String("BootId");
    out.count = in.Int("Count", 0);
    if (in.status()) return out;
  }
  out = {};
  out.count = std::numeric_limits<std::int64_t>::max();
  return out;
}

}  // namespace assist::agent::update
