#include "cli/answer/refusal_text.h"

namespace assist::cli {

using package::Refusal;

std::string RefusalMeaning(Refusal refusal, const Text& text) {
  switch (refusal) {
    case Refusal::kUntrustedPublisher:
      return text(msg::kRefusedUntrustedPublisher);
    case Refusal::kBadSignature:
      return text(msg::kRefusedBadSignature);
    case Refusal::kOldManifest:
      return text(msg::kRefusedOldManifest);
    case Refusal::kDowngrade:
      return text(msg::kRefusedDowngrade);
    case Refusal::kWrongHash:
      return text(msg::kRefusedWrongHash);
    case Refusal::kTruncated:
      return text(msg::kRefusedTruncated);
    case Refusal::kWrongPlatform:
      return text(msg::kRefusedWrongPlatform);
    case Refusal::kUnsafeArchive:
      return text(msg::kRefusedUnsafeArchive);
    case Refusal::kTooLarge:
      return text(msg::kRefusedTooLarge);
    case Refusal::kNoSpace:
      return text(msg::kRefusedNoSpace);
    case Refusal::kDependency:
      return text(msg::kRefusedDependency);
    case Refusal::kScriptFailed:
      return text(msg::kRefusedScriptFailed);
    case Refusal::kNotSupported:
      return text(msg::kRefusedNotSupported);
    case Refusal::kVerifyFailed:
      return text(msg::kRefusedVerifyFailed);
    case Refusal::kNotFound:
      return text(msg::kRefusedNotFound);
    case Refusal::kBusy:
      return text(msg::kRefusedBusy);
    case Refusal::kExpired:
      return text(msg::kRefusedExpired);
    case Refusal::kInterrupted:
      return text(msg::kRefusedInterrupted);
    case Refusal::kBadManifest:
      return text(msg::kRefusedBadManifest);
    case Refusal::kUnreachable:
      return text(msg::kRefusedUnreachable);
    case Refusal::kNotHealthy:
      return text(msg::kRefusedNotHealthy);
  }
  return {};
}

std::string RefusalWayOut(Refusal refusal, const Text& text) {
  switch (refusal) {
    case Refusal::kUntrustedPublisher:
      return text(msg::kWayOutUntrustedPublisher);
    case Refusal::kBadSignature:
      return text(msg::kWayOutBadSignature);
    case Refusal::kOldManifest:
      return text(msg::kWayOutOldManifest);
    case Refusal::kDowngrade:
      return text(msg::kWayOutDowngrade);
    case Refusal::kWrongHash:
      return text(msg::kWayOutWrongHash);
    case Refusal::kTruncated:
      return text(msg::kWayOutTruncated);
    case Refusal::kWrongPlatform:
      return text(msg::kWayOutWrongPlatform);
    case Refusal::kUnsafeArchive:
      return text(msg::kWayOutUnsafeArchive);
    case Refusal::kTooLarge:
      return text(msg::kWayOutTooLarge);
    case Refusal::kNoSpace:
      return text(msg::kWayOutNoSpace);
    case Refusal::kDependency:
      return text(msg::kWayOutDependency);
    case Refusal::kScriptFailed:
      return text(msg::kWayOutScriptFailed);
    case Refusal::kNotSupported:
      return text(msg::kWayOutNotSupported);
    case Refusal::kVerifyFailed:
      return text(msg::kWayOutVerifyFailed);
    case Refusal::kNotFound:
      return text(msg::kWayOutNotFound);
    case Refusal::kBusy:
      return text(msg::kWayOutBusy);
    case Refusal::kExpired:
      return text(msg::kWayOutExpired);
    case Refusal::kInterrupted:
      return text(msg::kWayOutInterrupted);
    case Refusal::kBadManifest:
      return text(msg::kWayOutBadManifest);
    case Refusal::kUnreachable:
      return text(msg::kWayOutUnreachable);
    case Refusal::kNotHealthy:
      return text(msg::kWayOutNotHealthy);
  }
  return {};
}

}  // namespace assist::cli
