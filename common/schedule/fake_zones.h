// A ZoneSource for tests: zones from POSIX rules, always the same whatever the system has.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/schedule/posix_zone.h"
#include "common/schedule/zone.h"

namespace assist {

class FakeZones final : public ZoneSource {
 public:
  FakeZones() {
    Add("Asia/Shanghai", "CST-8");
    Add("Asia/Kolkata", "IST-5:30");
    Add("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3");
    Add("America/New_York", "EST5EDT,M3.2.0,M11.1.0");
    Add("America/Havana", "CST5CDT,M3.2.0/0,M11.1.0/1");
    Add("Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
    Add("Etc/UTC", "UTC0");
  }

  void Add(const std::string& name, std::string_view rule) { zones_[name] = PosixZone::Parse(rule)->ToZone(name); }

  Result<std::shared_ptr<const Zone>> Find(std::string_view name) override {
    const auto found = zones_.find(name);
    if (found != zones_.end()) return found->second;
    if (name.find("..") != std::string_view::npos) return Fail(Errc::kInvalid, "no name of a time zone");
    if (name == "Broken/Zone") return Fail(Errc::kInternal, "damaged");
    return Fail(Errc::kNotFound, "no such time zone");
  }

 private:
  std::map<std::string, std::shared_ptr<const Zone>, std::less<>> zones_;
};

}  // namespace assist
