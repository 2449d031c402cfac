using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Michi.Approach;

namespace Michi.Assessment.Profiles;

/// <summary>What one piece of evidence says about one element.</summary>
/// <param name="Code">Code of the evidence.</param>
/// <param name="Date">Date of its source, <c>2023</c>, <c>2023-09</c> or <c>2023-09-05</c>; null where undated.</param>
/// <param name="IsInherited">True where it is about the country the place lies in.</param>
public sealed record EvidenceInput(string Code, string Element, string Says, string Kind, string Quality, string? Date, string Source, bool IsInherited);

/// <summary>One assessor's rating of one element in the last closed round; a level of null is "cannot tell".</summary>
public sealed record RatingInput(int Assessor, string Element, int? Level, string Confidence);

/// <summary>A level recorded as consensus.</summary>
public sealed record ConsensusInput(string Element, int Level, string Confidence);

/// <summary>Everything a diagnosis follows from. The same input gives the same diagnosis.</summary>
public sealed record DiagnosisInput
{
    public required ContentPack Pack { get; init; }

    /// <summary>The day ages of sources are counted from.</summary>
    public required DateOnly On { get; init; }

    /// <summary>Kind of the place: <c>country</c>, <c>city</c> or <c>district</c>.</summary>
    public required string PlaceKind { get; init; }

    /// <summary>Facts of the place by kind, the newest of each.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>The characteristic a person confirmed; null while only suggested.</summary>
    public string? ConfirmedCharacteristic { get; init; }

    public IReadOnlyList<EvidenceInput> Evidence { get; init; } = [];
    public IReadOnlyList<RatingInput> Ratings { get; init; } = [];
    public IReadOnlyList<ConsensusInput> Consensus { get; init; } = [];
    public int Seed { get; init; } = 1;
    public int Draws { get; init; } = 10_000;

    /// <summary>SHA-256 over everything above, hexadecimal.</summary>
    public string Hash()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Pack.Hash}|{On:O}|{PlaceKind}|{ConfirmedCharacteristic}|{Seed}|{Draws}");
        foreach (var (kind, value) in Facts.OrderBy(f => f.Key, StringComparer.Ordinal)) text.Append(CultureInfo.InvariantCulture, $"|{kind}={value}");
        foreach (var item in Evidence) text.Append('|').Append(item);
        foreach (var item in Ratings) text.Append('|').Append(item);
        foreach (var item in Consensus) text.Append('|').Append(item);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
