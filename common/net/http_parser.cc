#include "common/net/http_parser.h"

#include <algorithm>
#include <vector>

#include "common/base/check.h"

namespace assist::net_internal {
namespace {

constexpr unsigned kMaxEmptyLines = 8;
constexpr std::size_t kMaxChunkLine = 4096;  // size and extensions

bool IsToken(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!alnum && (c == '\0' || std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos)) return false;
  }
  return true;
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// `HTTP/1.x` → x
std::optional<int> MinorVersion(std::string_view version) {
  if (version.size() != 8 || !version.starts_with("HTTP/1.") || version[7] < '0' || version[7] > '9') {
    return std::nullopt;
  }
  return version[7] - '0';
}

}  // namespace

HttpHeadReader::Found HttpHeadReader::Look(std::string& buffer) {
  if (line_end_ == 0) {
    // RFC 9112 section 2.2: empty lines before the start line are passed over.
    while (buffer.size() >= 2 && buffer[0] == '\r' && buffer[1] == '\n') {
      if (++empty_lines_ > kMaxEmptyLines) return Found::kBad;
      buffer.erase(0, 2);
      looked_at_ = 0;
    }
    if (buffer.empty() || buffer == "\r") return Found::kMore;
    if (!IsToken(std::string_view(buffer).substr(0, 1))) return Found::kBad;
    const auto end = buffer.find('\n', looked_at_);
    if (end == std::string::npos) {
      looked_at_ = buffer.size();
      return buffer.size() > max_line_ + 1 ? Found::kLineTooLong : Found::kMore;
    }
    if (buffer[end - 1] != '\r') return Found::kBad;
    if (end - 1 > max_line_) return Found::kLineTooLong;
    line_end_ = end + 1;
    looked_at_ = line_end_;
  }
  // Each field ends in CR LF; an empty line ends them all.
  for (;;) {
    const auto end = buffer.find('\n', looked_at_);
    if (end == std::string::npos) break;
    if (buffer[end - 1] != '\r') return Found::kBad;
    if (end + 1 - line_end_ > max_fields_ + 2) return Found::kFieldsTooLong;
    if (end == looked_at_ + 1) {
      head_end_ = end + 1;
      return Found::kHead;
    }
    looked_at_ = end + 1;
  }
  return buffer.size() - line_end_ > max_fields_ + 2 ? Found::kFieldsTooLong : Found::kMore;
}

void HttpHeadReader::Take(std::string& buffer, std::string& line, std::string& fields) {
  ASSIST_CHECK(head_end_ > 0);
  line.assign(buffer, 0, line_end_ - 2);
  fields.assign(buffer, line_end_, head_end_ - 2 - line_end_);
  buffer.erase(0, head_end_);
  looked_at_ = line_end_ = head_end_ = 0;
  empty_lines_ = 0;
}

bool ParseFields(std::string_view fields, HttpHeaders& into) {
  while (!fields.empty()) {
    const auto end = fields.find("\r\n");
    if (end == std::string_view::npos) return false;
    const std::string_view line = fields.substr(0, end);
    fields.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return false;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    if (HasControl(value)) return false;
    into.Add(std::string(line.substr(0, colon)), std::string(value));
  }
  return true;
}

void HttpBodyReader::SetLength(std::uint64_t length) noexcept {
  kind_ = Kind::kLength;
  left_ = length;
}

Result<bool> HttpBodyReader::Put(std::string& buffer) {
  switch (kind_) {
    case Kind::kNone:
      return true;
    case Kind::kChunked:
      return PutChunks(buffer);
    case Kind::kLength: {
      // Memory is taken as bytes come, not as the peer announces them.
      const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
      body_.append(buffer, 0, n);
      buffer.erase(0, n);
      left_ -= n;
      return left_ == 0;
    }
    case Kind::kUntilEnd:
      if (body_.size() + buffer.size() > limits_.max_body) return Fail(Errc::kTooLarge, "the body is too large");
      body_ += buffer;
      buffer.clear();
      return false;
  }
  return true;
}

Result<bool> HttpBodyReader::TakeChunkSize(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const char c = line[digits];
    unsigned value = 0;
    if (c >= '0' && c <= '9') {
      value = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      value = static_cast<unsigned>(c - 'A') + 10;
    } else {
      break;
    }
    if (digits == 15) return Fail(Errc::kInvalid, "bad size of a chunk");
    size = size * 16 + value;
  }
  std::string_view extension = line.substr(digits);
  while (!extension.empty() && (extension.front() == ' ' || extension.front() == '\t')) extension.remove_prefix(1);
  if (digits == 0 || (!extension.empty() && extension.front() != ';') || HasControl(extension)) {
    return Fail(Errc::kInvalid, "bad size of a chunk");
  }
  if (size > limits_.max_body || body_.size() + size > limits_.max_body) {
    return Fail(Errc::kTooLarge, "the body is too large");
  }
  left_ = size;
  chunk_ = size == 0 ? ChunkState::kTrailer : ChunkState::kData;
  return true;
}

Result<bool> HttpBodyReader::PutChunks(std::string& buffer) {
  std::size_t used = 0;
  const auto finish = [&buffer, &used](bool done) -> Result<bool> {
    buffer.erase(0, used);
    return done;
  };
  for (;;) {
    if (chunk_ == ChunkState::kData) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size() - used));
      body_.append(buffer, used, n);
      used += n;
      left_ -= n;
      if (left_ > 0) return finish(false);
      chunk_ = ChunkState::kDataEnd;
    }
    const auto end = buffer.find('\n', used);
    const std::size_t length = (end == std::string::npos ? buffer.size() : end) - used;
    const std::size_t bound = chunk_ == ChunkState::kDataEnd   ? 1
                              : chunk_ == ChunkState::kTrailer ? limits_.max_headers + 1
                                                               : kMaxChunkLine;
    if (length > bound) return Fail(Errc::kInvalid, "a line of the chunked body is too long");
    if (end == std::string::npos) return finish(false);
    if (length == 0 || buffer[end - 1] != '\r') return Fail(Errc::kInvalid, "a line of the chunked body is malformed");
    const std::string_view line = std::string_view(buffer).substr(used, length - 1);
    switch (chunk_) {
      case ChunkState::kSize: {
        auto taken = TakeChunkSize(line);
        if (!taken) return taken;
        break;
      }
      case ChunkState::kDataEnd:
        if (!line.empty()) return Fail(Errc::kInvalid, "a chunk is longer than it says");
        chunk_ = ChunkState::kSize;
        break;
      case ChunkState::kTrailer: {
        if (line.empty()) {
          used = end + 1;
          return finish(true);
        }
        // Trailers are checked and dropped: they must not pass for header fields.
        HttpHeaders dropped;
        trailer_bytes_ += length + 1;
        if (trailer_bytes_ > limits_.max_headers ||
            !ParseFields(std::string_view(buffer).substr(used, length + 1), dropped)) {
          return Fail(Errc::kInvalid, "bad trailers");
        }
        break;
      }
      case ChunkState::kData:
        break;
    }
    used = end + 1;
  }
}

Result<HttpProgress> HttpRequestParser::Refuse(int status, std::string why) {
  error_status_ = status;
  return Fail(status == 413 || status == 414 || status == 431 ? Errc::kTooLarge : Errc::kInvalid, std::move(why));
}

Result<HttpProgress> HttpRequestParser::ReadHead(std::string& buffer) {
  switch (head_.Look(buffer)) {
    case HttpHeadReader::Found::kMore:
      return HttpProgress::kMore;
    case HttpHeadReader::Found::kLineTooLong:
      return Refuse(414, "the request line is too long");
    case HttpHeadReader::Found::kFieldsTooLong:
      return Refuse(431, "the header fields are too long");
    case HttpHeadReader::Found::kBad:
      return Refuse(400, "this is no HTTP request");
    case HttpHeadReader::Found::kHead:
      break;
  }
  std::string line;
  std::string fields;
  head_.Take(buffer, line, fields);

  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string::npos || last == first) return Refuse(400, "the request line must have three parts");
  request_.method = line.substr(0, first);
  request_.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = std::string_view(line).substr(last + 1);
  if (!IsToken(request_.method)) return Refuse(400, "bad method");
  if (request_.target.empty() || request_.target.front() == ' ' || HasControl(request_.target) ||
      request_.target.find('\t') != std::string::npos) {
    return Refuse(400, "bad request target");
  }
  const auto minor = MinorVersion(version);
  if (!minor) {
    const bool other = version.starts_with("HTTP/") && version.size() == 8 && version[5] >= '2' && version[5] <= '9';
    return other ? Refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here") : Refuse(400, "bad HTTP version");
  }
  request_.minor_version = std::min(*minor, 1);
  if (!ParseFields(fields, request_.headers)) return Refuse(400, "bad header fields");
  return ReadFraming();
}

Result<HttpProgress> HttpRequestParser::ReadFraming() {
  const auto& headers = request_.headers;
  const auto hosts = headers.FindAll("Host");
  if (hosts.size() > 1 || (hosts.empty() && request_.minor_version == 1)) {
    return Refuse(400, "there must be one Host field");
  }
  const auto lengths = headers.FindAll("Content-Length");
  const auto codings = headers.FindAll("Transfer-Encoding");
  if (!codings.empty()) {
    if (!lengths.empty() || request_.minor_version == 0) return Refuse(400, "Transfer-Encoding has no place here");
    if (codings.size() > 1 || !SameHeaderName(codings.front(), "chunked")) {
      return Refuse(501, "the only transfer coding understood is chunked");
    }
    body_.SetChunked();
  } else if (!lengths.empty()) {
    content_length_ = ParseNumber(lengths.front());
    if (lengths.size() > 1 || !content_length_) return Refuse(400, "bad Content-Length");
    if (*content_length_ > limits_.max_body) {
      head_done_ = true;  // all but the body is known
      return Refuse(413, "the body is too large");
    }
    body_.SetLength(*content_length_);
  }
  keep_alive_ = request_.minor_version == 1 ? !headers.HasToken("Connection", "close")
                                            : headers.HasToken("Connection", "keep-alive");
  head_done_ = true;
  return HttpProgress::kHead;
}

Result<HttpProgress> HttpRequestParser::Put(std::string& buffer) {
  if (!head_done_) return ReadHead(buffer);
  auto done = body_.Put(buffer);
  if (!done) return Refuse(done.error().code == Errc::kTooLarge ? 413 : 400, std::move(done.error().detail));
  if (!*done) return HttpProgress::kMore;
  request_.body = std::move(body_.body());
  return HttpProgress::kDone;
}

Result<HttpProgress> HttpResponseParser::ReadHead(std::string& buffer) {
  for (;;) {
    switch (head_.Look(buffer)) {
      case HttpHeadReader::Found::kMore:
        return HttpProgress::kMore;
      case HttpHeadReader::Found::kLineTooLong:
      case HttpHeadReader::Found::kFieldsTooLong:
        return Fail(Errc::kTooLarge, "the answer's header is too long");
      case HttpHeadReader::Found::kBad:
        return Fail(Errc::kInvalid, "the answer is no HTTP");
      case HttpHeadReader::Found::kHead:
        break;
    }
    std::string line;
    std::string fields;
    head_.Take(buffer, line, fields);
    // `HTTP/1.1 200 Reason`, where the reason may be missing with its space
    const auto minor = MinorVersion(std::string_view(line).substr(0, 8));
    const auto status = line.size() >= 12 ? ParseNumber(std::string_view(line).substr(9, 3)) : std::nullopt;
    if (!minor || line[8] != ' ' || !status || *status < 100 || (line.size() > 12 && line[12] != ' ')) {
      return Fail(Errc::kInvalid, "the answer is no HTTP");
    }
    response_ = {};
    response_.status = static_cast<int>(*status);
    if (!ParseFields(fields, response_.headers)) return Fail(Errc::kInvalid, "bad header fields of the answer");
    if (*status < 200 && *status != 101) continue;
    Status framed = ReadFraming(*minor);
    if (!framed) return Forward(framed);
    head_done_ = true;
    return HttpProgress::kHead;
  }
}

Status HttpResponseParser::ReadFraming(int minor) {
  const auto& headers = response_.headers;
  keep_alive_ = minor >= 1 ? !headers.HasToken("Connection", "close") : headers.HasToken("Connection", "keep-alive");
  const int status = response_.status;
  if (to_head_ || (to_connect_ && status / 100 == 2) || status == 101 || status == 204 || status == 304) {
    body_.SetNone();
    return {};
  }
  const auto lengths = headers.FindAll("Content-Length");
  const auto codings = headers.FindAll("Transfer-Encoding");
  if (!codings.empty()) {
    if (!lengths.empty() || codings.size() > 1 || !SameHeaderName(codings.front(), "chunked")) {
      return Fail(Errc::kInvalid, "the answer's Transfer-Encoding is not understood");
    }
    body_.SetChunked();
  } else if (!lengths.empty()) {
    const auto length = ParseNumber(lengths.front());
    if (lengths.size() > 1 || !length) return Fail(Errc::kInvalid, "bad Content-Length of the answer");
    if (*length > body_.max_body()) return Fail(Errc::kTooLarge, "the answer's body is too large");
    body_.SetLength(*length);
  } else {
    body_.SetUntilEnd();
    keep_alive_ = false;
  }
  return {};
}

Result<HttpProgress> HttpResponseParser::Finish() {
  response_.body = std::move(body_.body());
  return HttpProgress::kDone;
}

Result<HttpProgress> HttpResponseParser::Put(std::string& buffer) {
  if (!buffer.empty()) started_ = true;
  if (!head_done_) return ReadHead(buffer);
  auto done = body_.Put(buffer);
  if (!done) return Fail(done.error().code, "the answer: " + done.error().detail);
  return *done ? Finish() : HttpProgress::kMore;
}

Result<HttpProgress> HttpResponseParser::PutEnd() {
  if (head_done_ && body_.CompleteAtEnd()) return Finish();
  return Fail(Errc::kUnavailable, "the connection ended before the answer was complete");
}

}  // namespace assist::net_internal
