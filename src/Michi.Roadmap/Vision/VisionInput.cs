using Michi.Platform;
using Michi.Platform.Places;

namespace Michi.Roadmap.Vision;

/// <summary>What may be said in a vision, the same from its forms and through the API. References to what is not there are not refused: <see cref="VisionCheck"/> shows them.</summary>
internal static class VisionInput
{
    public const int MaxStatement = 4000, MaxName = 300, MaxSource = 1000, MaxParts = 200, MaxReferences = 50;
    public const int FirstYear = 1990, LastYear = 2100;

    public static IReadOnlyList<string> LogicKinds { get; } = ["input", "output", "outcome", "impact"];

    public static IReadOnlyList<string> AlignmentKinds { get; } = ["national-strategy", "urban-plan", "digital-strategy", "other"];

    /// <summary>A whole vision, each fault at its path: <c>targets[2].goal</c>.</summary>
    /// <param name="first">Language whose field is named where a text is missing.</param>
    public static VisionFacts Vision(InputCheck check, VisionFacts given, string first)
    {
        var sound = Statement(check, given, first) with
        {
            Objectives = Parts("objectives", given.Objectives, (o, at) => Objective(check, o, first, at)),
            Targets = Parts("targets", given.Targets, (t, at) => Target(check, t, first, at)),
            Alignments = Parts("alignments", given.Alignments, (a, at) => Alignment(check, a, at)),
            Logic = Parts("logic", given.Logic, (l, at) => Step(check, l, first, at)),
        };
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, id) in sound.Objectives.Select((o, i) => ($"objectives[{i}].id", o.Id)).Concat(sound.Targets.Select((t, i) => ($"targets[{i}].id", t.Id))).Concat(sound.Logic.Select((l, i) => ($"logic[{i}].id", l.Id))))
        {
            if (!Slugs.IsValid(id)) check.Refuse(path, "slug", id);
            else if (!ids.Add(id)) check.Refuse(path, "twice", id);
        }
        return sound;

        List<T> Parts<T>(string path, List<T>? parts, Func<T, string, T> part)
        {
            if (parts is { Count: > MaxParts }) check.Refuse(path, "limit", MaxParts);
            return [.. (parts ?? []).Take(MaxParts).Where((p, i) => p is not null || Missing($"{path}[{i}]")).Select((p, i) => part(p, $"{path}[{i}]."))];
        }

        bool Missing(string path)
        {
            check.Refuse(path, "required");
            return false;
        }
    }

    /// <summary>The statement, its horizon and the currency; the rest of the vision stays as given.</summary>
    public static VisionFacts Statement(InputCheck check, VisionFacts given, string first)
    {
        var currency = check.Line("currency", given.Currency, 3);
        if (currency.Length > 0 && (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper))) check.Refuse("currency", "currency", currency);
        var rate = check.Number("perDollar", given.PerDollar, 1e-6, 1e9);
        var source = check.Line("perDollarSource", given.PerDollarSource, MaxSource, required: currency is { Length: 3 } and not "USD");
        return given with
        {
            Statement = check.Texts("statement", given.Statement, MaxStatement, first, required: false),
            Horizon = (int?)check.Number("horizon", given.Horizon, FirstYear, LastYear, required: false, whole: true),
            Currency = currency,
            PerDollar = rate ?? 1,
            PerDollarSource = source,
        };
    }

    /// <param name="at">What stands before the names of the fields.</param>
    public static Objective Objective(InputCheck check, Objective given, string first, string at = "") => given with { Id = given.Id ?? "", Names = check.Texts($"{at}names", given.Names, MaxName, first) };

    /// <inheritdoc cref="Objective" />
    public static Target Target(InputCheck check, Target given, string first, string at = "") => new(
        given.Id ?? "", Reference(check, $"{at}objective", given.Objective), check.Texts($"{at}names", given.Names, MaxName, first), check.Line($"{at}unit", given.Unit, 40),
        check.Number($"{at}baseline", given.Baseline, -1e15, 1e15, required: false), Year(check, $"{at}baselineYear", given.BaselineYear),
        check.Number($"{at}goal", given.Goal, -1e15, 1e15, required: false), Year(check, $"{at}year", given.Year),
        check.Text($"{at}measurement", given.Measurement, MaxSource, required: false), check.Line($"{at}source", given.Source, MaxSource, required: false));

    /// <inheritdoc cref="Objective" />
    public static Alignment Alignment(InputCheck check, Alignment given, string at = "")
    {
        var address = check.Line($"{at}address", given.Address, MaxSource, required: false);
        if (address.Length > 0 && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")) check.Refuse($"{at}address", "address", address.Length > 40 ? address[..40] + "…" : address);
        return new(check.Choice($"{at}kind", given.Kind, AlignmentKinds), check.Line($"{at}document", given.Document, MaxName), check.Line($"{at}section", given.Section, MaxName, required: false),
            address, Reference(check, $"{at}objective", given.Objective));
    }

    /// <inheritdoc cref="Objective" />
    public static LogicNode Step(InputCheck check, LogicNode given, string first, string at = "")
    {
        var leadsTo = (given.LeadsTo ?? []).Where(id => !string.IsNullOrWhiteSpace(id)).Distinct().ToList();
        if (leadsTo.Count > MaxReferences) check.Refuse($"{at}leadsTo", "limit", MaxReferences);
        return new(given.Id ?? "", check.Choice($"{at}kind", given.Kind, LogicKinds), check.Texts($"{at}names", given.Names, MaxName, first), [.. leadsTo.Take(MaxReferences).Select(id => check.Line($"{at}leadsTo", id, 60))]);
    }

    private static int? Year(InputCheck check, string field, int? year) => (int?)check.Number(field, year, FirstYear, LastYear, required: false, whole: true);

    private static string? Reference(InputCheck check, string field, string? id) => check.Line(field, id, 60, required: false) is { Length: > 0 } given ? given : null;
}
