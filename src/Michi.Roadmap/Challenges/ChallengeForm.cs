using System.Globalization;
using Michi.Platform;

namespace Michi.Roadmap.Challenges;

/// <summary>A challenge as the values of the fields of its form, and back.</summary>
internal static class ChallengeForm
{
    public static Dictionary<string, string> Values(ChallengeFacts facts) =>
        facts.Names.Select(n => ($"names-{n.Key}", n.Value)).Concat(facts.Description.Select(d => ($"description-{d.Key}", d.Value))).Concat(
        [
            ("sector", facts.Sector), ("severity", facts.Severity.ToString(CultureInfo.InvariantCulture)), ("people", facts.People?.ToString("R", CultureInfo.InvariantCulture) ?? ""), ("peopleSource", facts.PeopleSource),
            ("groups", string.Join(' ', facts.Groups)), ("district", facts.District ?? ""), ("where", facts.Where), ("source", facts.Source), ("date", facts.Date ?? ""),
        ]).Where(v => v.Item2.Length > 0).ToDictionary(v => v.Item1, v => v.Item2);

    /// <param name="check">Gets the numbers that are none.</param>
    public static ChallengeInput Input(IReadOnlyDictionary<string, string> values, InputCheck check)
    {
        string? Field(string name) => values.GetValueOrDefault(name);
        return new(TextsOf("names"), TextsOf("description"), Field("sector"), check.Number("severity", Field("severity"), 1, 4, whole: true),
            check.Number("people", Field("people"), 0, ChallengeCheck.MaxPeople, required: false, whole: true), Field("peopleSource"), [.. (Field("groups") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)], Field("district"),
            Field("where"), Field("source"), Field("date"));

        Dictionary<string, string> TextsOf(string field) => values.Where(v => v.Key.StartsWith($"{field}-", StringComparison.Ordinal)).ToDictionary(v => v.Key[(field.Length + 1)..], v => v.Value);
    }
}
