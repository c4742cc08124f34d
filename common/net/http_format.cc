#include "common/net/http_format.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>

#include "common/base/check.h"
#include "common/net/http_body.h"

namespace assist::net_internal {
namespace {

void AppendField(std::string& head, std::string_view name, std::string_view value) {
  const auto append = [&head](std::string_view text) {
    for (const char c : text) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  };
  append(name);
  head += ": ";
  append(value);
  head += "\r\n";
}

bool IsFraming(std::string_view name) {
  return SameHeaderName(name, "Content-Length") || SameHeaderName(name, "Transfer-Encoding");
}

}  // namespace

std::string FormatHttpDate(SystemTime time) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                 kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                 kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                 static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                 static_cast<int>(clock.seconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(size));
}

std::uint64_t BodySize(const HttpResponse& response) noexcept {
  return response.source ? response.source->size() : response.body.size();
}

bool MayHaveBody(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

std::string FormatResponseHead(const HttpResponse& response, const ResponseFraming& framing) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(HttpReason(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    const bool upgrade = response.status == 101;
    if (IsFraming(name) || SameHeaderName(name, "Date") || (!upgrade && SameHeaderName(name, "Connection"))) continue;
    AppendField(head, name, value);
  }
  if (!framing.date.empty()) AppendField(head, "Date", framing.date);
  if (response.status != 101) {
    if (!framing.keep_alive) {
      AppendField(head, "Connection", "close");
    } else if (framing.minor_version == 0) {
      AppendField(head, "Connection", "keep-alive");
    }
  }
  if (MayHaveBody(response.status)) AppendField(head, "Content-Length", std::to_string(BodySize(response)));
  head += "\r\n";
  return head;
}

std::string FormatRequestHead(const HttpRequest& request, const HostPort& server, bool tls) {
  std::string head = request.method + " ";
  for (const char c : request.target) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  head += " HTTP/1.1\r\n";
  if (request.headers.Find("Host") == nullptr) {
    const bool standard = server.port == (tls ? 443 : 80);
    std::string host = FormatHostPort(server);
    if (standard) host.resize(host.rfind(':'));
    AppendField(head, "Host", host);
  }
  for (const auto& [name, value] : request.headers) {
    if (!IsFraming(name)) AppendField(head, name, value);
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    AppendField(head, "Content-Length", std::to_string(request.body.size()));
  }
  head += "\r\n";
  return head;
}

std::string Base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string WebSocketAccept(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> hash{};
  unsigned int size = 0;
  ASSIST_CHECK(EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha1(), nullptr) == 1);
  return Base64({reinterpret_cast<const char*>(hash.data()), size});
}

}  // namespace assist::net_internal
