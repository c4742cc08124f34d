#include "agent/passwords/account.h"

#include <array>

#include "common/windows/error.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"

namespace assist::agent::passwords {
namespace {

/// LookupAccountName knows no `.` for this machine.
std::wstring WithMachine(const std::string& account) {
  if (!account.starts_with(".\\")) return ToWide(account);
  std::array<wchar_t, MAX_COMPUTERNAME_LENGTH + 1> machine{};
  DWORD size = static_cast<DWORD>(machine.size());
  if (::GetComputerNameW(machine.data(), &size) == 0) return ToWide(account);
  return machine.data() + ToWide(account.substr(1));
}

}  // namespace

Result<KnownAccount> LookUp(const std::string& account) {
  std::array<unsigned char, SECURITY_MAX_SID_SIZE> sid{};
  std::array<wchar_t, 256> domain{};
  DWORD sid_size = static_cast<DWORD>(sid.size());
  DWORD domain_size = static_cast<DWORD>(domain.size());
  SID_NAME_USE use{};
  if (::LookupAccountNameW(nullptr, WithMachine(account).c_str(), sid.data(), &sid_size, domain.data(), &domain_size,
                           &use) == 0) {
    const DWORD error = ::GetLastError();
    if (error != ERROR_NONE_MAPPED) return tl::unexpected<Error>(WindowsError(error, "look up the account", account));
    return Fail(Errc::kNotFound, "there is no account " + account);
  }
  return KnownAccount{std::string(reinterpret_cast<const char*>(sid.data()), ::GetLengthSid(sid.data())),
                      ToUtf8(domain.data())};
}

supervisor::AccountParts PartsForLogon(const std::string& account) {
  supervisor::AccountParts parts = supervisor::SplitAccount(account);
  if (account.find_first_of("\\@") != std::string::npos) return parts;
  Result<KnownAccount> known = LookUp(account);
  if (known && !known->domain.empty()) parts.domain = std::move(known->domain);
  return parts;
}

}  // namespace assist::agent::passwords
