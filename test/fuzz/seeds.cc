#include <array>
#include <set>

#include "common/net/websocket_frame.h"
#include "protocol/wire/names.h"
#include "test/fuzz/api_targets.h"
#include "test/fuzz/archive_targets.h"
#include "test/fuzz/package_targets.h"
#include "test/fuzz/targets.h"
#include "test/support/captures/captures.h"

namespace assist::fuzz {
namespace {

using test::CapturedExchange;

bool EndsWith(std::string_view path, std::string_view end) { return path.ends_with(end); }

/// Of one exchange, for one target; empty: nothing.
std::string SeedOf(std::string_view target, const CapturedExchange& exchange) {
  const std::string_view path = exchange.path();
  const std::string query(exchange.query());
  if (target == "http_request") {
    std::string text = "x" + exchange.method + " " + exchange.target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : exchange.headers) text += name + ": " + value + "\r\n";
    return text + "\r\n" + exchange.body;
  }
  if (target == "json") return exchange.response_body.starts_with('{') ? exchange.response_body : exchange.body;
  if (target == "encodings") return query;
  if (target == "inventory") return EndsWith(path, "put_inventory") ? exchange.body : std::string();
  if (EndsWith(path, wire::path::kTaskList)) {
    if (target == "fetch") return query + "\n17";
    if (target == "task_list") return exchange.response_body;
    return {};
  }
  if (path.starts_with(wire::path::kTaskPrefix)) {
    if (target == "report") {
      const std::string kind(path.substr(wire::path::kTaskPrefix.size()));
      return kind + "\n" + query + "\n" + (exchange.body.size() % 2 == 0 ? "" : "5") + "\n" + exchange.body;
    }
    return target == "report_answer" ? exchange.response_body : std::string();
  }
  if (EndsWith(path, "/heart-beat")) {
    if (target == "heartbeat") return query;
    return target == "heartbeat_answer" ? exchange.response_body : std::string();
  }
  if (EndsWith(path, "/register")) {
    if (target == "register_request") return exchange.body;
    return target == "register_response" ? exchange.response_body : std::string();
  }
  return {};
}

std::vector<std::string> ByHand(std::string_view target) {
  if (target == "schedule") {
    return {"c0 */10 * * * *",
            "c0 30 21 * * *",
            "c0 10 1 * * 6,0",
            "c0 0,30 18-23 * * * Asia/Shanghai",
            "c0 0 12 L * ? 2027",
            "c0 15 10 ? JAN-MAR,DEC MON#2 2026-2030 America/New_York",
            "c0 0 0 29 2 *",
            "c*/7 1-59/9 */2 1W * ?",
            "rrate(5m)",
            "rrate(1d)",
            "aat(2026-12-24T18:00:00)",
            "fat(2026-12-24 18:00:00 Asia/Shanghai)",
            "frate(10s)",
            "f0 0 2 * * *"};
  }
  if (target == "script") {
    return {"#!/usr/bin/env python3\nprint('{{ACS::InstanceId}}')\n", "echo {{ Name }} {{oos:x}} {{ACS::Missing}}",
            "python3 -u {{ACS::ScriptFileName|Ext(\".py\")}} --flag", "#! /bin/sh -e\n", "{{{{ACS::InstanceId}}"};
  }
  if (target == "kick") return {"kick_vm task run t-1", "kick_vm agent deregister", "kick_vm status network a b c"};
  if (target == "kick_reply") return {"accept:kick_vm task run t-1", "unknow:x", "reject:"};
  if (target == "report") {
    return {"missed\ntaskId=t-1&occurrence=3&due=1780000000000&count=4&lastDue=1780000040000&reason=Asleep\n\n",
            "invalid\ntaskId=f-1&taskType=sendfile&param=FileExist&value=with space & more\n\n"};
  }
  if (target == "http_request") {
    return {
        "aPOST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX: "
        "1\r\n\r\n",
        "zPOST /a b c HTTP/1.0\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET"};
  }
  if (target == "http_response") {
    return {"cHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "hHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "dHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x01x",
            "eHTTP/1.0 200 OK\r\n\r\nuntil the end", "fHTTP/1.1 204 No Content\r\n\r\n"};
  }
  if (target == "websocket") {
    using net_internal::EncodeFrame;
    using net_internal::Opcode;
    const std::array<std::uint8_t, 4> mask{1, 2, 3, 4};
    const auto masked = [&](Opcode opcode, std::string_view payload, bool last = true) {
      return EncodeFrame(opcode, payload, mask, last);
    };
    return {
        "a" + EncodeFrame(Opcode::kText, "kick_vm task run t-1", {}) + EncodeFrame(Opcode::kPing, "p", {}),
        "b" + masked(Opcode::kText, "accept:kick_vm") + masked(Opcode::kClose, net_internal::ClosePayload(1000, "bye")),
        "d" + masked(Opcode::kText, "one ", false) + masked(Opcode::kPing, "", true) +
            masked(Opcode::kContinuation, "two"),
        "f" + masked(Opcode::kBinary, std::string(300, 'x')), "h" + masked(Opcode::kText, std::string(4999, 'y'))};
  }
  if (target == "container_stream") {
    using std::literals::operator""s;
    return {"cwarning\n<begin>hello\n<end>7.", "a<begin><end><end>x.<end>0.behind", "zno such container",
            "f\x01\0\0\0\0\0\0\x0a<begin>abc\x02\0\0\0\0\0\0\x09<end>137."s};
  }
  if (target == "policy") {
    return {
        "ecs:RunCommand\nmi-1\n"
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["ecs:RunCommand","ecs:Describe*"],"Resource":)"
        R"(["acs:ecs:*:*:command/c-*","acs:ecs:cn-hangzhou:1:instance/mi-?"],"Condition":{"StringEquals":)"
        R"({"acs:ResourceTag/team":["web","db"]},"StringNotLike":{"acs:ResourceTag/env":"prod*"}}},)"
        R"({"Effect":"Deny","Action":"*","Resource":"*"}]})",
        "ecs:X\n*\n"
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"acs:ecs:*:*:*"}]})"};
  }
  if (target == "container_list") {
    return {R"([{"Id":"0123456789ab","Names":["/web"],"State":"running","Image":"x"}])",
            R"({"containers":[{"id":"ab12","metadata":{"name":"c"},"state":"CONTAINER_RUNNING","labels":)"
            R"({"io.kubernetes.pod.name":"p","io.kubernetes.pod.namespace":"n"}}]})",
            R"({"message":"no such container"})"};
  }
  if (target == "legacy") {
    return {R"({"taskID":"t-1","status":"stopped"})",
            R"({"taskID":"t-1","taskOutput":"eA==","taskStatus":"finished"})"};
  }
  if (auto seeds = PackageSeedsOf(target); !seeds.empty()) return seeds;
  if (std::vector<std::string> seeds = ArchiveSeedsOf(target); !seeds.empty()) return seeds;
  return ApiSeedsOf(target);
}

}  // namespace

std::vector<std::string> SeedsOf(std::string_view target) {
  std::vector<std::string> seeds = ByHand(target);
  std::set<std::string> seen(seeds.begin(), seeds.end());
  const auto add = [&](std::string seed) {
    constexpr std::size_t kLongest = 64 << 10;
    if (!seed.empty() && seed.size() <= kLongest && seen.insert(seed).second) seeds.push_back(std::move(seed));
  };
  for (const std::string& name : test::CaptureNames()) {
    for (const CapturedExchange& exchange : test::LoadCapture(name)) {
      if (exchange.kind == "http") add(SeedOf(target, exchange));
      for (const auto& frame : exchange.frames) {
        if (target == (frame.from == "agent" ? "kick_reply" : "kick")) add(frame.payload);
      }
    }
  }
  return seeds;
}

}  // namespace assist::fuzz
