using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Michi.Platform.Accounts;

/// <summary>One-time codes from a shared key and the time (TOTP, RFC 6238), as authenticator apps show them: six digits, a new one every 30 seconds, HMAC-SHA-1.</summary>
internal static class Totp
{
    private const int SecondsAStep = 30;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>A new key of 160 bits in Base32 (RFC 4648), as people type it into an app.</summary>
    public static string NewKey() => RandomNumberGenerator.GetString(Alphabet, 32);

    /// <summary>Whether a text can be such a key.</summary>
    public static bool IsKey(string text) => text.Length == 32 && text.All(Alphabet.Contains);

    /// <summary>The code of a time step (RFC 4226, 5.3).</summary>
    public static string Code(ReadOnlySpan<byte> key, long step, int digits = 6, HashAlgorithmName? algorithm = null)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var hash = CryptographicOperations.HmacData(algorithm ?? HashAlgorithmName.SHA1, key, counter);
        var at = hash[^1] & 0xF;
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(at)) & 0x7FFFFFFF;
        return (number % (long)Math.Pow(10, digits)).ToString($"D{digits}", CultureInfo.InvariantCulture);
    }

    /// <summary>The time step a moment lies in.</summary>
    public static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / SecondsAStep;

    /// <summary>The step whose code this is: the present one or one beside it, for clocks that differ; null where it is none, or one not later than <paramref name="used"/>.</summary>
    /// <param name="used">Step of the last code accepted: a code works once.</param>
    public static long? StepOf(string code, string key, long used, DateTimeOffset now)
    {
        var given = Encoding.ASCII.GetBytes(code);
        var bytes = FromBase32(key);
        long? found = null;
        for (var step = StepAt(now) - 1; step <= StepAt(now) + 1; step++)
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(Code(bytes, step))) && step > used) found = step;
        return found;
    }

    /// <summary>The address that an authenticator app on the same phone opens.</summary>
    public static string AddressOf(string key, string email) => $"otpauth://totp/Michi:{Uri.EscapeDataString(email)}?secret={key}&issuer=Michi";

    public static byte[] FromBase32(string text)
    {
        var bytes = new byte[text.Length * 5 / 8];
        var (buffer, bits, at) = (0, 0, 0);
        foreach (var letter in text)
        {
            buffer = (buffer << 5) | Alphabet.IndexOf(letter, StringComparison.Ordinal);
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes[at++] = (byte)(buffer >> bits);
            buffer &= (1 << bits) - 1;
        }
        return bytes;
    }
}
