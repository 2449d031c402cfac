using System.Security.Cryptography;
using System.Text;
using Michi.Platform.Accounts;

namespace Michi.UnitTests.Accounts;

public sealed class TotpTests
{
    // RFC 6238, appendix B: 8 digits; the keys are the digits 1…0 repeated to the length of the hash.
    [Theory]
    [InlineData(59L, "94287082", "46119246", "90693936")]
    [InlineData(1111111109L, "07081804", "68084774", "25091201")]
    [InlineData(1111111111L, "14050471", "67062674", "99943326")]
    [InlineData(1234567890L, "89005924", "91819424", "93441116")]
    [InlineData(2000000000L, "69279037", "90698825", "38618901")]
    [InlineData(20000000000L, "65353130", "77737706", "47863826")]
    public void Code_AtTheTimesOfTheRfc_IsTheRfcs(long seconds, string sha1, string sha256, string sha512)
    {
        var step = Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds));

        Assert.Equal(sha1, Totp.Code(Key(20), step, 8));
        Assert.Equal(sha256, Totp.Code(Key(32), step, 8, HashAlgorithmName.SHA256));
        Assert.Equal(sha512, Totp.Code(Key(64), step, 8, HashAlgorithmName.SHA512));
    }

    // RFC 4226, appendix D.
    [Fact]
    public void Code_OfTheFirstCounters_IsTheRfcs() =>
        Assert.Equal(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"], Enumerable.Range(0, 10).Select(i => Totp.Code(Key(20), i)));

    // RFC 4648, section 10, without padding.
    [Theory]
    [InlineData("", "")]
    [InlineData("MY", "f")]
    [InlineData("MZXQ", "fo")]
    [InlineData("MZXW6", "foo")]
    [InlineData("MZXW6YQ", "foob")]
    [InlineData("MZXW6YTB", "fooba")]
    [InlineData("MZXW6YTBOI", "foobar")]
    public void FromBase32_TestVectors_AreTheRfcs(string text, string bytes) => Assert.Equal(bytes, Encoding.ASCII.GetString(Totp.FromBase32(text)));

    [Fact]
    public void StepOf_CodeOfNeighbouringStep_IsTakenOnce()
    {
        var key = Totp.NewKey();
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var step = Totp.StepAt(now);
        string At(long s) => Totp.Code(Totp.FromBase32(key), s);

        Assert.Equal(step - 1, Totp.StepOf(At(step - 1), key, 0, now));
        Assert.Equal(step + 1, Totp.StepOf(At(step + 1), key, step, now));
        Assert.Null(Totp.StepOf(At(step), key, step, now));
        Assert.Null(Totp.StepOf(At(step - 2), key, 0, now));
        Assert.Null(Totp.StepOf("", key, 0, now));
        Assert.Null(Totp.StepOf("１２３４５６", key, 0, now));
    }

    private static byte[] Key(int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1234567890", 7))[..length]);
}
