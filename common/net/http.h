// HTTP messages as plain structs (RFC 9110, RFC 9112): what handlers and clients see. Pure; no parser, no socket.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assist {

class HttpBodySource;

struct HttpHeader {
  std::string name;   ///< As it stood on the wire; compare with SameHeaderName().
  std::string value;  ///< Without surrounding white space.
};

/// Header fields in the order of the wire. Names are compared without case (ASCII).
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<HttpHeader> fields) : fields_(fields) {}

  /// The value of the first field of that name; nullptr when there is none.
  [[nodiscard]] const std::string* Find(std::string_view name) const noexcept;
  /// The same with "" for none.
  [[nodiscard]] std::string_view Get(std::string_view name) const noexcept;
  /// Every value of that name, in order.
  [[nodiscard]] std::vector<std::string_view> FindAll(std::string_view name) const;
  /// True when a comma list of that name has `token` (without case), as in `Connection: keep-alive, Upgrade`.
  [[nodiscard]] bool HasToken(std::string_view name, std::string_view token) const noexcept;
  void Add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
  /// Replaces every field of that name by one.
  void Set(std::string_view name, std::string value);
  void Remove(std::string_view name);

  [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] auto end() const noexcept { return fields_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }

 private:
  std::vector<HttpHeader> fields_;
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  ///< As on the request line: path and query, undecoded; may hold raw spaces (stock agents).
  int minor_version = 1;     ///< HTTP/1.<minor_version>: 0 or 1.
  HttpHeaders headers;
  std::string body;  ///< Whole, chunks already joined.
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;  ///< Content-Length, Connection, Date and Transfer-Encoding are the server's, not the handler's.
  std::string body;
  std::shared_ptr<HttpBodySource> source;  ///< Instead of `body`, for large ones (http_body.h); of servers only.
};

/// A response with a body and its Content-Type.
[[nodiscard]] HttpResponse MakeResponse(int status, std::string_view content_type, std::string body);

/// "Not Found" for 404; "" for what RFC 9110 does not name.
[[nodiscard]] std::string_view HttpReason(int status) noexcept;
[[nodiscard]] bool SameHeaderName(std::string_view a, std::string_view b) noexcept;

/// True when the request asks for a WebSocket as RFC 6455 section 4.2.1 wants it (GET, 1.1, Upgrade, Connection,
/// version 13, a key of 16 bytes).
[[nodiscard]] bool IsWebSocketUpgrade(const HttpRequest& request) noexcept;

}  // namespace assist
