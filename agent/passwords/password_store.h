// Passwords of accounts of this machine, for scripts that run as such an account (windowsPasswordName): a file each in
// the agent's folder, protected by Windows (DPAPI) so that only this machine can read it, in a folder for SYSTEM, the
// administrators and the agent's account alone. `assist-agent password` writes them; the server never sees them. Blocks
// shortly; any thread. No call tells a password to a log or an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"

namespace assist::agent::passwords {

/// Below the agent's state root.
inline constexpr std::string_view kFolder = "passwords";
inline constexpr std::size_t kMaxPassword = 256;  ///< Characters of UTF-16, as Windows has it.

/// Overwrites all that the text has room for, which a shorter text or a move left there too, and empties it.
void WipeText(std::string& text) noexcept;
void WipeText(std::wstring& text) noexcept;

/// A text that is overwritten when it goes, and nowhere else: moved, it stays where it is, short or long.
class WidePassword {
 public:
  explicit WidePassword(std::string_view utf8);
  WidePassword(WidePassword&&) noexcept = default;
  WidePassword& operator=(WidePassword&&) = delete;
  ~WidePassword();
  /// Not of one that was moved from.
  [[nodiscard]] const wchar_t* Reveal() const noexcept { return text_->c_str(); }
  [[nodiscard]] std::size_t size() const noexcept { return text_->size(); }

 private:
  std::unique_ptr<std::wstring> text_;
};

class PasswordStore {
 public:
  /// `folder`: kFolder of the state root, absolute.
  explicit PasswordStore(std::string folder) : folder_(std::move(folder)) {}

  /// kInvalid: the name, or a password that is empty, too long or no UTF-8.
  Status Set(const std::string& name, const Secret<std::string>& password) const;
  /// kNotFound, with the way out: `assist-agent password set`.
  [[nodiscard]] Result<WidePassword> Read(const std::string& name) const;
  /// The bytes of its file, others whenever it is set. kNotFound.
  [[nodiscard]] Result<std::string> Protected(const std::string& name) const;
  /// The same for all names that mean the same password.
  [[nodiscard]] static std::string Key(const std::string& name);
  /// Ascending.
  [[nodiscard]] Result<std::vector<std::string>> List() const;
  /// kNotFound when there is none.
  Status Remove(const std::string& name) const;

 private:
  [[nodiscard]] Result<std::string> File(const std::string& name) const;
  const std::string folder_;
};

/// 1 to 64 letters, digits, `-`, `_` and `.`; capitals do not count.
[[nodiscard]] bool IsPasswordName(std::string_view name);

}  // namespace assist::agent::passwords
