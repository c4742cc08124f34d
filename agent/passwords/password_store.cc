#include "agent/passwords/password_store.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <dpapi.h>

namespace assist::agent::passwords {
namespace {

constexpr std::string_view kBeginning = "p-";  // `con.password` would be the console
constexpr std::string_view kEnding = ".password";
constexpr std::size_t kMaxFile = 64 * 1024;
constexpr std::size_t kMaxName = 64;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

/// Bytes that Windows made; what was in them is overwritten.
class Blob {
 public:
  Blob() = default;
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;
  ~Blob() {
    if (blob_.pbData == nullptr) return;
    ::SecureZeroMemory(blob_.pbData, blob_.cbData);
    ::LocalFree(blob_.pbData);
  }
  [[nodiscard]] DATA_BLOB* get() noexcept { return &blob_; }
  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(blob_.pbData), blob_.cbData};
  }

 private:
  DATA_BLOB blob_{};
};

DATA_BLOB View(std::string_view bytes) {
  return {static_cast<DWORD>(bytes.size()), reinterpret_cast<BYTE*>(const_cast<char*>(bytes.data()))};
}

/// Bound to its name, so that no file can stand for another one.
std::string Purpose(const std::string& name) { return "assist-agent password " + Lower(name); }

}  // namespace

void WipeText(std::string& text) noexcept {
  text.resize(text.capacity());
  ::SecureZeroMemory(text.data(), text.size());
  text.clear();
}

void WipeText(std::wstring& text) noexcept {
  text.resize(text.capacity());
  ::SecureZeroMemory(text.data(), text.size() * sizeof(wchar_t));
  text.clear();
}

WidePassword::WidePassword(std::string_view utf8) {
  std::wstring text = ToWide(utf8);
  text_ = std::make_unique<std::wstring>(text);
  WipeText(text);
}

WidePassword::~WidePassword() {
  if (text_ != nullptr) WipeText(*text_);
}

bool IsPasswordName(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

Result<std::string> PasswordStore::File(const std::string& name) const {
  if (!IsPasswordName(name)) {
    return Fail(Errc::kInvalid, "\"" + name + "\" is no name of a password: 1 to 64 letters, digits, -, _ and .");
  }
  return folder_ + "/" + std::string(kBeginning) + Lower(name) + std::string(kEnding);
}

Status PasswordStore::Set(const std::string& name, const Secret<std::string>& password) const {
  Result<std::string> file = File(name);
  if (!file) return Forward(file);
  const WidePassword wide(password.Reveal());
  if (wide.size() == 0) return Fail(Errc::kInvalid, "the password is empty");
  if (wide.size() > kMaxPassword) return Fail(Errc::kInvalid, "the password has more than 256 characters");
  if (std::wstring_view(wide.Reveal()).find(L'\uFFFD') != std::wstring_view::npos) {
    return Fail(Errc::kInvalid, "the password is not in UTF-8");
  }
  if (std::wstring_view(wide.Reveal()).size() != wide.size()) {
    return Fail(Errc::kInvalid, "the password has a zero character");
  }
  DATA_BLOB in = View(password.Reveal());
  const std::string purpose = Purpose(name);
  DATA_BLOB entropy = View(purpose);
  Blob out;
  constexpr DWORD kHow = CRYPTPROTECT_LOCAL_MACHINE | CRYPTPROTECT_UI_FORBIDDEN;
  if (::CryptProtectData(&in, nullptr, &entropy, nullptr, nullptr, kHow, out.get()) == 0) {
    return tl::unexpected<Error>(WindowsError(::GetLastError(), "protect the password", name));
  }
  // What is protected for a machine each of its accounts could read: what keeps them out is the list of the folder and
  // of the file, both made with it.
  if (Status made = MakeFolders(folder_, 0700); !made) return made;
  return WriteFileAtomically(*file, out.bytes(), 0600);
}

std::string PasswordStore::Key(const std::string& name) { return Lower(name); }

Result<std::string> PasswordStore::Protected(const std::string& name) const {
  Result<std::string> file = File(name);
  if (!file) return Forward(file);
  Result<std::string> bytes = ReadFile(*file, kMaxFile);
  if (!bytes && bytes.error().code == Errc::kNotFound) {
    return Fail(Errc::kNotFound, "this machine has no password named " + name + "; `assist-agent password set " + name +
                                     "`, run there as administrator, stores one");
  }
  return bytes;
}

Result<WidePassword> PasswordStore::Read(const std::string& name) const {
  Result<std::string> bytes = Protected(name);
  if (!bytes) return Forward(bytes);
  DATA_BLOB in = View(*bytes);
  const std::string purpose = Purpose(name);
  DATA_BLOB entropy = View(purpose);
  Blob out;
  if (::CryptUnprotectData(&in, nullptr, &entropy, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN, out.get()) == 0) {
    Error error = WindowsError(::GetLastError(), "read the password", name);
    error.detail += "; it was stored on another machine, or is damaged: `assist-agent password set " + name + "` anew";
    return tl::make_unexpected(std::move(error));
  }
  return WidePassword(out.bytes());
}

Result<std::vector<std::string>> PasswordStore::List() const {
  Result<std::vector<std::string>> files = ListFolder(folder_);
  if (!files && files.error().code == Errc::kNotFound) return std::vector<std::string>();
  if (!files) return files;
  std::vector<std::string> names;
  for (const std::string& file : *files) {
    if (!file.starts_with(kBeginning) || !file.ends_with(kEnding)) continue;
    std::string name(file.begin() + kBeginning.size(), file.end() - kEnding.size());
    if (IsPasswordName(name)) names.push_back(std::move(name));
  }
  return names;
}

Status PasswordStore::Remove(const std::string& name) const {
  Result<std::string> file = File(name);
  if (!file) return Forward(file);
  if (!Exists(*file)) return Fail(Errc::kNotFound, "this machine has no password named " + name);
  return RemoveFile(*file);
}

}  // namespace assist::agent::passwords
