// The audit log's rows and the chain of hashes that holds them together: written by the server, checked by anyone who
// can read them. Pure; any thread.
//
// A row's hash is the lower-case hex SHA-256 of the line `assist-audit-1` and of each member below from Number to
// PreviousHash in this order, as `<Name>:<bytes>:<value>` and a line feed (numbers in decimal). PreviousHash is the
// hash of the row before; of row 1 it is 64 zeros. So a changed, missing or moved row breaks the chain at its place,
// and a cut end is found by whoever kept a later head (`<Number>:<Hash>`).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"

namespace assist::api {

struct AuditRecord {
  std::int64_t number = 0;      ///< From 1, without gaps.
  std::string time;             ///< UTC, `2026-11-23T05:40:00.123Z`.
  std::string access_key_id;    ///< Empty: not a call of the API.
  std::string access_key_name;  ///< As the key is called.
  std::string source;           ///< Address of the caller; `admin.sock`, `offline`, `server`.
  std::string action;           ///< `RunCommand`; of the admin socket `access-key.create`, …
  std::string request_id;
  std::string content_hash;     ///< Hex SHA-256 of the script's or file's bytes; empty: none.
  std::string parameters_hash;  ///< Hex SHA-256 of the call's parameters; no value stands here in clear.
  std::string resources;        ///< What was named; long lists are cut and counted.
  std::string code;             ///< `OK`, or the error's code.
  std::string result;           ///< Ids that were answered.
  std::string previous_hash;
  std::string hash;

  friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

/// Its texts by the names that the API gives them, in the order of the hash; `hash` is not among them.
inline constexpr std::array<std::pair<std::string_view, std::string AuditRecord::*>, 12> kAuditTexts = {{
    {"Time", &AuditRecord::time},
    {"AccessKeyId", &AuditRecord::access_key_id},
    {"AccessKeyName", &AuditRecord::access_key_name},
    {"Source", &AuditRecord::source},
    {"Action", &AuditRecord::action},
    {"CallRequestId", &AuditRecord::request_id},
    {"ContentHash", &AuditRecord::content_hash},
    {"ParametersHash", &AuditRecord::parameters_hash},
    {"Resources", &AuditRecord::resources},
    {"Result", &AuditRecord::code},
    {"ResultIds", &AuditRecord::result},
    {"PreviousHash", &AuditRecord::previous_hash},
}};

/// Of a row, by its other members.
[[nodiscard]] std::string AuditHash(const AuditRecord& record);
/// PreviousHash of row 1.
[[nodiscard]] const std::string& FirstAuditHash();

/// The end of a log at some time; to be kept elsewhere.
struct AuditHead {
  std::int64_t number = 0;  ///< 0: not known, any row may have the hash.
  std::string hash;
};
/// `<Number>:<Hash>` or a hash alone; empty when it is neither.
[[nodiscard]] std::optional<AuditHead> ParseAuditHead(std::string_view text);
[[nodiscard]] std::string FormatAuditHead(const AuditHead& head);

/// Goes over a log from its beginning. One thread.
class AuditCheck {
 public:
  /// `start` is where the log begins: number and hash of the last row that was deleted for its age; 0 and
  /// FirstAuditHash() when none was. `kept`: a head of before, which must be in the chain.
  AuditCheck(AuditHead start, std::optional<AuditHead> kept);

  /// The next row, in order. A failure names the row; afterwards nothing can be said.
  Status Next(const AuditRecord& record);
  /// Behind the last row.
  Status Finish() const;

  [[nodiscard]] const AuditHead& head() const noexcept { return head_; }
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

 private:
  AuditHead head_;
  std::int64_t rows_ = 0;
  std::optional<AuditHead> kept_;
  bool kept_seen_ = false;
  bool kept_too_old_ = false;
};

}  // namespace assist::api
