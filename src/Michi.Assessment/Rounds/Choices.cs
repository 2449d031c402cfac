using System.Globalization;
using Michi.Approach;
using Michi.Platform;

namespace Michi.Assessment.Rounds;

/// <summary>The levels of an element as a choice in a form, field <c>level</c>.</summary>
/// <param name="WithUnknown">Offers "cannot tell" too.</param>
internal sealed record LevelChoice(MichiPage Page, PackWords Names, string Element, string Legend, string? Hint, string? Chosen, bool WithUnknown)
{
    /// <summary>The value of "cannot tell".</summary>
    public const string Unknown = "unknown";

    /// <summary>A level from its field; -1, which no level is, where the field holds something else.</summary>
    public static int? Read(string? field) => field is null or Unknown ? null : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? level : -1;
}

/// <summary>The confidences of a pack as a choice in a form, field <c>confidence</c>.</summary>
internal sealed record ConfidenceChoice(MichiPage Page, ContentPack Pack, string Legend, string? Hint, string? Chosen);
