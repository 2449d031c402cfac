using System.Security.Cryptography;
using System.Text;

namespace Michi.Platform.Accounts;

/// <summary>A secret that stands in a link or a token. It is shown once; only its hash is stored.</summary>
public static class Secret
{
    /// <summary>A random secret of 256 bits, safe in an address.</summary>
    public static string New() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_').TrimEnd('=');

    /// <summary>SHA-256, hexadecimal. The secret is random, so a fast hash will do.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
