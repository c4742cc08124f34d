#include "protocol/api/audit.h"

#include <algorithm>
#include <charconv>

#include "common/crypto/hash.h"

namespace assist::api {
namespace {

constexpr std::size_t kHashDigits = 64;

bool IsHash(std::string_view text) noexcept {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string Row(std::int64_t number) { return "row " + std::to_string(number); }

}  // namespace

const std::string& FirstAuditHash() {
  static const std::string kZeros(kHashDigits, '0');
  return kZeros;
}

std::string AuditHash(const AuditRecord& record) {
  std::string text = "assist-audit-1\n";
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += name;
    text += ':';
    text += std::to_string(value.size());
    text += ':';
    text += value;
    text += '\n';
  };
  add("Number", std::to_string(record.number));
  for (const auto& [name, member] : kAuditTexts) add(name, record.*member);
  return Sha256Hex(text);
}

std::optional<AuditHead> ParseAuditHead(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  AuditHead head;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    const std::string_view digits = text.substr(0, colon);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), head.number);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || head.number < 0) return std::nullopt;
    text.remove_prefix(colon + 1);
  }
  if (!IsHash(text)) return std::nullopt;
  head.hash = text;
  return head;
}

std::string FormatAuditHead(const AuditHead& head) { return std::to_string(head.number) + ":" + head.hash; }

AuditCheck::AuditCheck(AuditHead start, std::optional<AuditHead> kept)
    : head_(std::move(start)), kept_(std::move(kept)) {
  if (!kept_) return;
  kept_seen_ = kept_->hash == head_.hash;
  kept_too_old_ = !kept_seen_ && kept_->number > 0 && kept_->number <= head_.number;
}

Status AuditCheck::Next(const AuditRecord& record) {
  const std::int64_t expected = head_.number + 1;
  if (record.number != expected) {
    return Fail(Errc::kConflict, Row(expected) + " is missing: " + Row(record.number) + " stands in its place");
  }
  if (record.previous_hash != head_.hash) {
    return Fail(Errc::kConflict, Row(record.number) + " does not follow what stands before it");
  }
  if (AuditHash(record) != record.hash) return Fail(Errc::kConflict, Row(record.number) + " was changed");
  head_ = {record.number, record.hash};
  ++rows_;
  if (!kept_) return {};
  if (kept_->number == record.number && kept_->hash != record.hash) {
    return Fail(Errc::kConflict, Row(record.number) + " is not the one whose hash was kept: the log was written anew");
  }
  if (kept_->hash == record.hash) kept_seen_ = true;
  return {};
}

Status AuditCheck::Finish() const {
  if (!kept_ || kept_seen_) return {};
  if (kept_too_old_) {
    return Fail(Errc::kNotFound, Row(kept_->number) +
                                     ", whose hash was kept, has been deleted for its age; the log begins "
                                     "behind row " +
                                     std::to_string(head_.number - rows_));
  }
  return Fail(Errc::kConflict, "the end is missing: the log ends with " + Row(head_.number) + ", and the kept head " +
                                   (kept_->number > 0 ? "is " + Row(kept_->number) : std::string("is not in it")));
}

}  // namespace assist::api
