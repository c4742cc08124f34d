#include "common/net/http_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace assist::net_internal {
namespace {

HttpLimits Small() { return {.max_line = 100, .max_headers = 200, .max_body = 1000}; }

// The status that a request is answered with, 0 when it is good and -1 when it is not complete.
int Judge(std::string bytes, const HttpLimits& limits = Small(), HttpRequest* request = nullptr,
          std::string* rest = nullptr) {
  HttpRequestParser parser(limits);
  for (;;) {
    auto progress = parser.Put(bytes);
    if (!progress) return parser.error_status();
    if (*progress == HttpProgress::kMore) return -1;
    if (*progress == HttpProgress::kDone) break;
  }
  if (request != nullptr) *request = std::move(parser.request());
  if (rest != nullptr) *rest = bytes;
  return 0;
}

// The same, each byte in a call of its own.
int JudgeByteByByte(const std::string& bytes, const HttpLimits& limits = Small(), HttpRequest* request = nullptr) {
  HttpRequestParser parser(limits);
  std::string buffer;
  for (const char byte : bytes) {
    buffer.push_back(byte);
    auto progress = parser.Put(buffer);
    if (progress && *progress == HttpProgress::kHead) progress = parser.Put(buffer);
    if (!progress) return parser.error_status();
    if (*progress == HttpProgress::kDone) {
      if (request != nullptr) *request = std::move(parser.request());
      return 0;
    }
  }
  return -1;
}

const char kPost[] = "POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Y:  v w \r\nContent-Length: 5\r\n\r\nhello";
const char kChunked[] =
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-Evil: "
    "1\r\n\r\n";

TEST(HttpRequestParserTest, ARequestComesOutAsItStoodOnTheWire) {
  HttpRequest request;
  std::string rest;
  ASSERT_EQ(Judge(std::string(kPost) + "GET", Small(), &request, &rest), 0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a?b=c");
  EXPECT_EQ(request.minor_version, 1);
  EXPECT_EQ(request.headers.Get("x-y"), "v w");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(rest, "GET");
}

TEST(HttpRequestParserTest, ChunksAreJoinedAndTrailersAreNoHeaders) {
  HttpRequest request;
  ASSERT_EQ(Judge(kChunked, Small(), &request), 0);
  EXPECT_EQ(request.body, "abc0123456789");
  EXPECT_EQ(request.headers.Find("X-Evil"), nullptr);
}

TEST(HttpRequestParserTest, WhereTheBytesAreCutDoesNotMatter) {
  for (const char* text : {kPost, kChunked, "\r\n\r\nGET / HTTP/1.0\r\n\r\n"}) {
    const std::string bytes = text;
    HttpRequest whole, pieces;
    ASSERT_EQ(Judge(bytes, Small(), &whole), 0);
    ASSERT_EQ(JudgeByteByByte(bytes, Small(), &pieces), 0);
    EXPECT_EQ(whole.target, pieces.target);
    EXPECT_EQ(whole.body, pieces.body);
    EXPECT_EQ(whole.headers.size(), pieces.headers.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(Judge(bytes.substr(0, i)), -1) << i;
  }
}

TEST(HttpRequestParserTest, RawSpacesInTheTargetBelongToIt) {
  HttpRequest request;
  ASSERT_EQ(Judge("POST /luban/x?param=FileExist&value=with space.txt HTTP/1.1\r\nHost: h\r\n\r\n", Small(), &request),
            0);
  EXPECT_EQ(request.target, "/luban/x?param=FileExist&value=with space.txt");
  ASSERT_EQ(Judge("GET /a HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n", Small(), &request), 0);
  EXPECT_EQ(request.target, "/a HTTP/1.1");
  ASSERT_EQ(Judge("GET /\xe4\xba\x91 HTTP/1.1\r\nHost: h\r\n\r\n", Small(), &request), 0);
  EXPECT_EQ(request.target, "/\xe4\xba\x91");
}

TEST(HttpRequestParserTest, MalformedRequestsAre400) {
  const std::string host = "Host: h\r\n";
  for (const std::string& bad : std::vector<std::string>{
           "GET /\r\n\r\n",
           "GET  HTTP/1.1\r\n" + host + "\r\n",
           "GET   / HTTP/1.1\r\n" + host + "\r\n",
           "G(T / HTTP/1.1\r\n" + host + "\r\n",
           "GET / HTTP/1.1\n" + host + "\r\n",
           "GET / HTTP/1.1\r\nHost: h\n\r\n",
           "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost\r\n\r\n",
           "GET / HTTP/1.1\r\n: x\r\n" + host + "\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nA: b" + std::string(1, '\0') + "\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET /\t HTTP/1.1\r\n" + host + "\r\n",
           "GET / HTTP/1.1x\r\n" + host + "\r\n",
           "GET / http/1.1\r\n" + host + "\r\n",
           "GET / HTTP/0.9\r\n" + host + "\r\n",
           "\x16\x03\x01\x02",
           "\n",
           " GET / HTTP/1.1\r\n" + host + "\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\nhello",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 5, 5\r\n\r\nhello",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x5\r\n\r\nhello",
           "POST / HTTP/1.1\r\n" + host + "Content-Length:\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nx\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
       }) {
    EXPECT_EQ(Judge(bad), 400) << bad;
    EXPECT_EQ(JudgeByteByByte(bad), 400) << bad;
  }
}

TEST(HttpRequestParserTest, OtherCodingsAndVersionsHaveAnswersOfTheirOwn) {
  for (const char* coding : {"gzip, chunked", "identity", "chunked, chunked", "xchunked"}) {
    EXPECT_EQ(Judge("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " + std::string(coding) + "\r\n\r\n"), 501)
        << coding;
  }
  EXPECT_EQ(Judge("PRI * HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  HttpRequest request;
  EXPECT_EQ(Judge("GET / HTTP/1.7\r\nHost: h\r\n\r\n", Small(), &request), 0);
  EXPECT_EQ(request.minor_version, 1);
}

TEST(HttpRequestParserTest, EachLimitIsExact) {
  const auto line = [](std::size_t size) {
    return "GET /" + std::string(size - 14, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  };
  EXPECT_EQ(Judge(line(100)), 0);
  EXPECT_EQ(Judge(line(101)), 414);
  EXPECT_EQ(JudgeByteByByte(line(100)), 0);
  EXPECT_EQ(JudgeByteByByte(line(101)), 414);
  EXPECT_EQ(Judge(std::string(1000, 'G')), 414);
  // 9 bytes of Host, 5 of the other field's name and ends
  const auto fields = [](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(size - 14, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(Judge(fields(200)), 0);
  EXPECT_EQ(Judge(fields(201)), 431);
  EXPECT_EQ(JudgeByteByByte(fields(200)), 0);
  EXPECT_EQ(JudgeByteByByte(fields(201)), 431);
  EXPECT_EQ(Judge("GET / HTTP/1.1\r\n" + std::string(1000, 'x')), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 100; ++i) many += "a: b\r\n";
  EXPECT_EQ(Judge(many + "\r\n"), 431);
  const auto body = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  EXPECT_EQ(Judge(body(1000)), 0);
  EXPECT_EQ(Judge(body(1001)), 413);
  const auto chunk = [](std::size_t size) {
    char head[32];
    std::snprintf(head, sizeof head, "%zx\r\n", size);
    return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(head) +
           std::string(size, 'x') + "\r\n0\r\n\r\n";
  };
  EXPECT_EQ(Judge(chunk(1000)), 0);
  EXPECT_EQ(Judge(chunk(1001)), 413);
  EXPECT_EQ(Judge(std::string(chunk(600)).insert(chunk(600).size() - 5, "258\r\n" + std::string(600, 'y') + "\r\n")),
            413);
}

TEST(HttpRequestParserTest, EndlessChunkHeadsAndTrailersAreRefused) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(Judge(head + "5;" + std::string(100'000, 'x')), 400);
  std::string trailers = head + "0\r\n";
  for (int i = 0; i < 20'000; ++i) trailers += "a: b\r\n";
  EXPECT_EQ(Judge(trailers), 400);
  EXPECT_EQ(Judge("\r\r\n"), 400);
  std::string empty_lines;
  for (int i = 0; i < 20; ++i) empty_lines += "\r\n";
  EXPECT_EQ(Judge(empty_lines), 400);
}

TEST(HttpRequestParserTest, KeepAliveFollowsVersionAndConnection) {
  const auto keeps = [](std::string bytes) {
    HttpRequestParser parser(Small());
    EXPECT_EQ(parser.Put(bytes).value(), HttpProgress::kHead);
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(HttpRequestParserTest, EveryFlippedByteIsHandled) {
  for (const std::string text : {kPost, kChunked}) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        std::string bytes = text;
        bytes[i] = static_cast<char>(value);
        const int status = Judge(bytes);
        EXPECT_TRUE(status <= 0 || (status >= 400 && status < 600)) << i << " " << value;
        EXPECT_EQ(JudgeByteByByte(bytes), status) << i << " " << value;
      }
    }
  }
}

struct Answer {
  Result<HttpProgress> progress = HttpProgress::kMore;
  HttpResponse response;
  bool keep_alive = false;
  std::string rest;
};
Answer Parse(std::string bytes, bool to_head = false, bool to_connect = false, bool end = false) {
  HttpResponseParser parser(Small(), to_head, to_connect);
  Answer answer;
  do {
    answer.progress = parser.Put(bytes);
  } while (answer.progress && *answer.progress == HttpProgress::kHead);
  if (end && answer.progress && *answer.progress == HttpProgress::kMore) answer.progress = parser.PutEnd();
  answer.response = std::move(parser.response());
  answer.keep_alive = parser.keep_alive();
  answer.rest = bytes;
  return answer;
}

TEST(HttpResponseParserTest, AnswersInAllTheirForms) {
  auto answer = Parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\nhiX");
  EXPECT_EQ(answer.progress.value(), HttpProgress::kDone);
  EXPECT_EQ(answer.response.status, 200);
  EXPECT_EQ(answer.response.body, "hi");
  EXPECT_EQ(answer.response.headers.Get("a"), "b");
  EXPECT_EQ(answer.rest, "X");
  EXPECT_TRUE(answer.keep_alive);

  answer = Parse("HTTP/1.1 404\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
  EXPECT_EQ(answer.response.status, 404);
  EXPECT_EQ(answer.response.body, "hi");

  answer = Parse("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: c\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(answer.progress.value(), HttpProgress::kDone);
  EXPECT_EQ(answer.response.status, 204);
  EXPECT_EQ(answer.response.headers.size(), 0u);

  answer = Parse("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x01x");
  EXPECT_EQ(answer.response.status, 101);
  EXPECT_EQ(answer.rest, "\x81\x01x");

  answer = Parse("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", true);
  EXPECT_EQ(answer.progress.value(), HttpProgress::kDone);
  EXPECT_EQ(answer.response.body, "");

  answer = Parse("HTTP/1.1 200 Connection established\r\n\r\n\x16", false, true);
  EXPECT_EQ(answer.progress.value(), HttpProgress::kDone);
  EXPECT_EQ(answer.rest, "\x16");
}

TEST(HttpResponseParserTest, AnAnswerThatLastsUntilTheEndNeedsTheEnd) {
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\n\r\nabc").progress.value(), HttpProgress::kMore);
  const auto answer = Parse("HTTP/1.1 200 OK\r\n\r\nabc", false, false, true);
  EXPECT_EQ(answer.progress.value(), HttpProgress::kDone);
  EXPECT_EQ(answer.response.body, "abc");
  EXPECT_FALSE(answer.keep_alive);
}

TEST(HttpResponseParserTest, CutAnswersAreNotTakenForWhole) {
  for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
    const std::string bytes = text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto answer = Parse(bytes.substr(0, i), false, false, true);
      ASSERT_FALSE(answer.progress) << i;
      EXPECT_EQ(answer.progress.error().code, Errc::kUnavailable) << i;
    }
    EXPECT_TRUE(Parse(bytes, false, false, true).progress);
  }
}

TEST(HttpResponseParserTest, WhatIsNoAnswerOrTooLargeIsRefused) {
  for (const char* bad : {"SSH-2.0-x\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000 x\r\n\r\n",
                          "HTTP/1.1 0x2 x\r\n\r\n", "HTTP/2.0 200 x\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    auto answer = Parse(bad);
    ASSERT_FALSE(answer.progress) << bad;
    EXPECT_EQ(answer.progress.error().code, Errc::kInvalid) << bad;
  }
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n").progress.error().code, Errc::kTooLarge);
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x')).progress.error().code, Errc::kTooLarge);
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\nA: " + std::string(1001, 'x')).progress.error().code, Errc::kTooLarge);
}

TEST(HttpResponseParserTest, EveryFlippedByteIsHandled) {
  const std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = text;
      bytes[i] = static_cast<char>(value);
      const auto answer = Parse(bytes, false, false, true);
      if (answer.progress) {
        EXPECT_EQ(*answer.progress, HttpProgress::kDone);
      }
    }
  }
}

}  // namespace
}  // namespace assist::net_internal
