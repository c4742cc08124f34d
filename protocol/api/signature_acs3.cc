#include "protocol/api/signature_acs3.h"

#include <algorithm>

#include "common/crypto/hash.h"
#include "protocol/api/names.h"
#include "protocol/encoding/hex.h"
#include "protocol/encoding/percent.h"

namespace assist::api {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls `piece` for each part of `text` between `separator`s.
template <class F>
void Split(std::string_view text, char separator, F piece) {
  for (;;) {
    const auto end = text.find(separator);
    piece(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<Acs3Authorization> ParseAcs3Authorization(std::string_view header) {
  Acs3Authorization out;
  header = Trim(header);
  const auto space = header.find(' ');
  if (space == std::string_view::npos) return Fail(Errc::kInvalid, "no fields behind the algorithm");
  out.algorithm = header.substr(0, space);
  bool seen[3] = {};
  bool good = true;
  Split(header.substr(space + 1), ',', [&](std::string_view field) {
    field = Trim(field);
    const auto equals = field.find('=');
    const std::string_view name = field.substr(0, equals);
    const std::size_t which = name == "Credential" ? 0 : name == "SignedHeaders" ? 1 : name == "Signature" ? 2 : 3;
    if (equals == std::string_view::npos || which == 3 || seen[which] || equals + 1 == field.size()) {
      good = false;
      return;
    }
    seen[which] = true;
    const std::string_view value = field.substr(equals + 1);
    if (which == 0) out.credential = value;
    if (which == 1) Split(value, ';', [&](std::string_view part) { out.signed_headers.emplace_back(part); });
    if (which == 2) out.signature = value;
  });
  if (!good || !seen[0] || !seen[1] || !seen[2]) return Fail(Errc::kInvalid, "Authorization is not well formed");
  return out;
}

std::string WriteAcs3Authorization(const Acs3Authorization& authorization) {
  std::string out = authorization.algorithm + " Credential=" + authorization.credential + ",SignedHeaders=";
  for (std::size_t i = 0; i < authorization.signed_headers.size(); ++i) {
    if (i > 0) out += ';';
    out += authorization.signed_headers[i];
  }
  return out + ",Signature=" + authorization.signature;
}

std::string CanonicalRequest(const Acs3Request& request) {
  std::string out(request.method);
  out += "\n/\n";

  std::vector<std::pair<std::string_view, std::string_view>> query(request.query->begin(), request.query->end());
  std::stable_sort(query.begin(), query.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < query.size(); ++i) {
    if (i > 0) out += '&';
    encoding::AppendPercentEncoded(out, query[i].first);
    out += '=';
    encoding::AppendPercentEncoded(out, query[i].second);
  }
  out += '\n';

  std::string names;
  for (const std::string& name : *request.signed_headers) {
    const std::string wanted = Lower(name);
    std::vector<std::string_view> values;
    for (const auto& [header, value] : request.headers) {
      if (header.size() == wanted.size() && Lower(header) == wanted) values.push_back(Trim(value));
    }
    std::sort(values.begin(), values.end());
    out += wanted;
    out += ':';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      out += values[i];
    }
    out += '\n';
    if (!names.empty()) names += ';';
    names += name;
  }
  out += '\n';
  out += names;
  out += '\n';
  out += request.content_sha256;
  return out;
}

std::string StringToSignAcs3(std::string_view canonical_request) {
  return std::string(kAcs3Algorithm) + '\n' + Sha256Hex(canonical_request);
}

std::string SignatureAcs3(std::string_view string_to_sign, std::string_view secret) {
  return encoding::HexEncode(HmacSha256(secret, string_to_sign));
}

std::vector<std::pair<std::string, std::string>> SignCallAcs3(const Acs3Call& call) {
  const std::string content_sha256 = Sha256Hex(call.body);
  std::vector<std::pair<std::string, std::string>> headers = {{"host", std::string(call.host)},
                                                              {"x-acs-action", std::string(call.action)},
                                                              {"x-acs-content-sha256", content_sha256},
                                                              {"x-acs-date", std::string(call.timestamp)},
                                                              {"x-acs-signature-nonce", std::string(call.nonce)},
                                                              {"x-acs-version", std::string(kApiVersion)}};
  if (!call.body.empty()) headers.insert(headers.begin(), {"content-type", std::string(kFormContentType)});
  Acs3Authorization authorization{std::string(kAcs3Algorithm), std::string(call.access_key_id), {}, {}};
  for (const auto& header : headers) authorization.signed_headers.push_back(header.first);
  Acs3Request request{call.method, call.query, {}, &authorization.signed_headers, content_sha256};
  for (const auto& [name, value] : headers) request.headers.emplace_back(name, value);
  authorization.signature = SignatureAcs3(StringToSignAcs3(CanonicalRequest(request)), call.secret);
  headers.emplace_back("Authorization", WriteAcs3Authorization(authorization));
  headers.emplace_back("Accept", "application/json");
  return headers;
}

}  // namespace assist::api
