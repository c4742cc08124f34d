// HTTP/1.1 messages out of a connection's bytes (RFC 9112); private to common/net. Pure: bytes in, states out. One
// thread. What is malformed, could be understood in two ways (request smuggling) or is too large is refused; a
// request's error carries the status to answer. Why not Beast's parser: docs/adr/0003-own-http-parser.md.
//
// Strict: lines end in CR LF, no folded fields, one Content-Length and never beside Transfer-Encoding, no coding but
// chunked, one Host. Lax in one point: the target may hold raw spaces (stock agents send file names so): the request
// line is split at its first and last space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/net/http.h"

namespace assist::net_internal {

struct HttpLimits {
  std::size_t max_line = std::size_t{128} << 10;    ///< Request or status line, without its end.
  std::size_t max_headers = std::size_t{16} << 10;  ///< Header fields with their line ends; trailers too.
  std::size_t max_body = std::size_t{16} << 20;
};

/// What Put() of either parser found.
enum class HttpProgress : std::uint8_t {
  kMore,  ///< Needs more bytes.
  kHead,  ///< Told once, when the header is complete: look at it, then call Put() again.
  kDone,  ///< The message is complete; what is left in the buffer belongs to the next.
};

/// Finds the start line and the header fields at the front of a buffer; the part that both parsers share.
class HttpHeadReader {
 public:
  HttpHeadReader(std::size_t max_line, std::size_t max_fields) : max_line_(max_line), max_fields_(max_fields) {}
  enum class Found : std::uint8_t { kMore, kHead, kLineTooLong, kFieldsTooLong, kBad };
  /// Takes nothing but empty lines before the start line; cheap when called again with more bytes.
  Found Look(std::string& buffer);
  /// After kHead: the start line without its end, and the fields with theirs. Taken from `buffer`.
  void Take(std::string& buffer, std::string& line, std::string& fields);

 private:
  const std::size_t max_line_;
  const std::size_t max_fields_;
  std::size_t looked_at_ = 0;  // bytes known to hold no end of what is looked for
  std::size_t line_end_ = 0;   // behind the LF of the start line; 0: not found
  std::size_t head_end_ = 0;
  unsigned empty_lines_ = 0;
};

/// `Name: value CR LF` any number of times; false for anything else.
[[nodiscard]] bool ParseFields(std::string_view fields, HttpHeaders& into);

/// How the body is told from what follows it, and the body itself.
class HttpBodyReader {
 public:
  explicit HttpBodyReader(const HttpLimits& limits) : limits_(limits) {}
  void SetNone() noexcept { kind_ = Kind::kNone; }
  void SetLength(std::uint64_t length) noexcept;
  void SetChunked() noexcept { kind_ = Kind::kChunked; }
  void SetUntilEnd() noexcept { kind_ = Kind::kUntilEnd; }

  /// Takes what belongs to the body from the front of `buffer`; true when it is complete. kTooLarge above
  /// limits.max_body, kInvalid for bad chunks.
  Result<bool> Put(std::string& buffer);
  /// The connection ended; true when that completes the body.
  [[nodiscard]] bool CompleteAtEnd() const noexcept { return kind_ == Kind::kNone || kind_ == Kind::kUntilEnd; }

  [[nodiscard]] std::size_t max_body() const noexcept { return limits_.max_body; }
  [[nodiscard]] std::string& body() noexcept { return body_; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  [[nodiscard]] bool expects_bytes() const noexcept {
    return kind_ == Kind::kChunked || kind_ == Kind::kUntilEnd || (kind_ == Kind::kLength && left_ > 0);
  }

 private:
  enum class Kind : std::uint8_t { kNone, kLength, kChunked, kUntilEnd };
  enum class ChunkState : std::uint8_t { kSize, kData, kDataEnd, kTrailer };
  Result<bool> PutChunks(std::string& buffer);
  Result<bool> TakeChunkSize(std::string_view line);

  const HttpLimits limits_;
  std::string body_;
  std::uint64_t left_ = 0;  // bytes of the body, or of the chunk
  std::size_t trailer_bytes_ = 0;
  Kind kind_ = Kind::kNone;
  ChunkState chunk_ = ChunkState::kSize;
};

class HttpRequestParser {
 public:
  explicit HttpRequestParser(const HttpLimits& limits)
      : limits_(limits), head_(limits.max_line, limits.max_headers), body_(limits) {}

  /// Takes what it can from the front of `buffer`. After an error it is of no more use; error_status() says what to
  /// answer.
  Result<HttpProgress> Put(std::string& buffer);
  [[nodiscard]] int error_status() const noexcept { return error_status_; }

  /// Complete after kHead but for the body.
  [[nodiscard]] HttpRequest& request() noexcept { return request_; }
  /// After kHead; empty when chunked or without a body.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept { return content_length_; }
  [[nodiscard]] bool expects_body() const noexcept { return body_.expects_bytes(); }
  [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
  /// The head was read; true also after an error about the body.
  [[nodiscard]] bool head_done() const noexcept { return head_done_; }
  /// Bytes of the body so far.
  [[nodiscard]] std::size_t body_size() const noexcept { return body_.body().size(); }

 private:
  Result<HttpProgress> Refuse(int status, std::string why);
  Result<HttpProgress> ReadHead(std::string& buffer);
  Result<HttpProgress> ReadFraming();

  const HttpLimits limits_;
  HttpHeadReader head_;
  HttpBodyReader body_;
  HttpRequest request_;
  std::optional<std::uint64_t> content_length_;
  bool head_done_ = false;
  bool keep_alive_ = true;
  int error_status_ = 400;
};

class HttpResponseParser {
 public:
  /// `to_head`: the answer to a HEAD request, which has no body whatever it says; `to_connect`: to CONNECT.
  HttpResponseParser(const HttpLimits& limits, bool to_head, bool to_connect)
      : to_head_(to_head), to_connect_(to_connect), head_(limits.max_line, limits.max_headers), body_(limits) {}

  /// As above. Answers 100, 102 and 103 are skipped; 101 ends after its head.
  Result<HttpProgress> Put(std::string& buffer);
  /// The connection ended: completes an answer that lasts until then.
  Result<HttpProgress> PutEnd();

  [[nodiscard]] HttpResponse& response() noexcept { return response_; }
  [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
  /// Whether a byte of the answer has come.
  [[nodiscard]] bool started() const noexcept { return started_; }

 private:
  Result<HttpProgress> ReadHead(std::string& buffer);
  Status ReadFraming(int minor);
  Result<HttpProgress> Finish();

  const bool to_head_;
  const bool to_connect_;
  HttpHeadReader head_;
  HttpBodyReader body_;
  HttpResponse response_;
  bool head_done_ = false;
  bool keep_alive_ = true;
  bool started_ = false;
};

}  // namespace assist::net_internal
