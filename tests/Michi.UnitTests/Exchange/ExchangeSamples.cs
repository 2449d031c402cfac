using Michi.Approach;
using Michi.Assessment.Exchange;
using Michi.Platform.Languages;

namespace Michi.UnitTests.Exchange;

/// <summary>The shipped pack and texts, and made-up place files.</summary>
internal static class ExchangeSamples
{
    public static ContentPack Pack { get; } = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;

    public static UiTexts Texts { get; } = new(Path.Combine(ProjectFolder.Path, "content", "ui"));

    public static DateOnly Today { get; } = new(2026, 11, 22);

    private static readonly string[] Pieces =
    [
        "a", "Z", " ", "  ", "é", "ក", "ខ្មែរ", "العربية", "עברית", "日本語", "。", "한국어", "ไทย", "😀", "👨‍👩‍👧‍👦", "🇰🇭", "\u202E", "\u200F", "\"", "\"\"", "'", ",", ";", "\t", "\n", "\r\n", "\r", "=", "+", "-", "@",
        "<b>", "&amp;", "_x0041_", "]]>", "%", "{0}", "\\", "/", "0", "1.5", "TRUE", "2023-09", "ß", "İ", "\u00A0", "ﾐﾁ", "＝",
    ];

    /// <summary>A sound file with texts of every script; the same for the same seed.</summary>
    public static PlaceFile Random(int seed)
    {
        var random = new Random(seed);
        T One<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
        bool Chance(double p) => random.NextDouble() < p;
        string Text()
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => One(Pieces)));
            return string.IsNullOrWhiteSpace(text) ? "x" + text : text;
        }
        string? Maybe(Func<string> text) => Chance(0.5) ? text() : null;
        string Date() => One(["2019", "2023-09", "2023-09-05", "2024-02-29"]);
        Dictionary<string, string> Texts() => new[] { "en", "ja", "km", "ar", "zh-Hant" }.Where((_, i) => i == seed % 5 || Chance(0.4)).ToDictionary(l => l, _ => Text());

        var places = new List<FilePlace>();
        for (var i = 0; i < random.Next(1, 4); i++)
        {
            places.Add(new()
            {
                Slug = $"place-{i}",
                Kind = i == 0 ? "country" : One(["city", "district"]),
                Parent = i == 0 ? null : $"place-{random.Next(i)}",
                Names = Texts(),
                CountryCode = Maybe(() => "KH"),
                Latitude = Chance(0.5) ? (random.NextDouble() * 180) - 90 : null,
                Longitude = Chance(0.5) ? (random.NextDouble() * 360) - 180 : null,
                Characteristic = Maybe(() => One(Pack.Characteristics)),
                CharacteristicReason = Maybe(Text),
                Facts = [.. Enumerable.Range(0, random.Next(3)).Select(_ => One(Pack.Facts)).Select(kind => new FileFact
                {
                    Kind = kind.Id, Value = kind.Type switch { "number" => One(["190000", "3.5", "1E+20", "0"]), "yes-no" => One(["yes", "no"]), _ => Text() }, Source = Text(), Date = Maybe(Date),
                })],
            });
        }
        string Place() => One(places).Slug;
        var evidence = Enumerable.Range(0, random.Next(6)).Select(i => new FileEvidence
        {
            Id = Chance(0.8) ? $"e-{seed}-{i}" : "",
            Version = Chance(0.5) ? random.Next(1, 9) : null,
            Place = Place(),
            Kind = One([.. Pack.Evidence.Kinds.Keys]),
            Quality = One([.. Pack.Evidence.Qualities.Keys]),
            Internal = Chance(0.3),
            Date = Maybe(Date),
            Source = Text(),
            Statement = Texts(),
            Retired = Chance(0.2) ? Text() : null,
            Elements = Pack.Elements.Where((_, e) => e == i || Chance(0.2)).ToDictionary(e => e.Id, _ => One([.. Pack.Evidence.Says.Keys])),
        }).ToList();
        var assessments = Enumerable.Range(0, random.Next(3)).Select(i => new FileAssessment
        {
            Place = Place(),
            Title = $"{i} {Text()}".Trim(),
            Demonstration = Chance(0.5),
            Rounds = [.. Enumerable.Range(1, random.Next(1, 3)).Select(number => new FileRound
            {
                Number = number,
                Ratings = [.. Enumerable.Range(1, random.Next(1, 4)).SelectMany(assessor => Pack.Elements.Take(random.Next(1, 4)).Select(e => new FileRating
                {
                    Assessor = assessor, Group = One(["public", "private", "academia", "citizen", "other"]), Element = e.Id, Level = Chance(0.2) ? null : random.Next(5),
                    Confidence = One([.. Pack.Evidence.Confidences.Keys]), Reason = Chance(0.5) ? Text() : "", Evidence = [.. evidence.Where(x => x.Id.Length > 0 && Chance(0.3)).Select(x => x.Id)],
                }))],
            })],
            Consensus = [.. Pack.Elements.Where(_ => Chance(0.1)).Select(e => new FileConsensus { Element = e.Id, Level = random.Next(5), Confidence = "high", Reason = Text() })],
        }).ToList();
        return new() { Note = Chance(0.5) ? Texts() : [], Places = places, Evidence = evidence, Assessments = assessments };
    }

    /// <summary>The file as JSON with everything that has no order in one, to compare files by what they say.</summary>
    public static string Canonical(PlaceFile file)
    {
        Dictionary<string, string> Sorted(Dictionary<string, string> map) => map.OrderBy(m => m.Key, StringComparer.Ordinal).ToDictionary();
        return System.Text.Encoding.UTF8.GetString(PlaceFileJson.Write(file with
        {
            Note = Sorted(file.Note),
            Places = [.. file.Places.Select(p => p with { Names = Sorted(p.Names) })],
            Evidence = [.. file.Evidence.Select(e => e with { Statement = Sorted(e.Statement), Elements = Sorted(e.Elements) })],
            Assessments = [.. file.Assessments.OrderBy(a => a.Place, StringComparer.Ordinal).ThenBy(a => a.Title, StringComparer.Ordinal)],
        }));
    }
}
