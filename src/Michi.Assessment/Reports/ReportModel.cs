using Michi.Analytics.Profiles;
using Michi.Approach;
using Michi.Assessment.Evidence;
using Michi.Assessment.Profiles;
using Michi.Platform.Languages;
using Michi.Platform.Places;

namespace Michi.Assessment.Reports;

/// <summary>How much a report tells.</summary>
public enum ReportKind
{
    /// <summary>Everything.</summary>
    Full,
    /// <summary>One page.</summary>
    Summary,
}

/// <summary>A source with its number in the report and the evidence that rests on it.</summary>
/// <param name="Url">The source as an address; null where it is a citation.</param>
internal sealed record ReportSource(int Number, string Text, Uri? Url, IReadOnlyList<PlacedEvidence> Evidence);

/// <summary>What a report says, in one language: every rendering (page, PDF, workbook, JSON, terminal) is made from it. Immutable.</summary>
/// <remarks>The numbers count all evidence, whoever reads: a result must not depend on who looks. Only what may be shown is listed.</remarks>
public sealed class ReportModel
{
    private readonly EvidenceAudience _audience;
    private readonly Dictionary<string, PlacedEvidence> _shown;
    private readonly Dictionary<string, int> _numbers;

    internal ReportModel(ReportSubject subject, Words words, ReportKind kind, EvidenceAudience audience)
    {
        (T, Kind, _audience) = (words, kind, audience);
        (Place, Of, Chain, Voices) = (subject.Diagnosed.Place, subject.Diagnosed.Diagnosis, subject.Chain, subject.Voices);
        Facts = subject.Diagnosed.Facts;
        IsDemonstration = Place.IsDemonstration || subject.Diagnosed.Assessment is { IsDemonstration: true };
        Pack = Of.Input.Pack.Words(words.Language);
        Evidence = [.. subject.Diagnosed.Evidence.Where(audience.Sees)];
        _shown = Evidence.ToDictionary(e => e.Item.Code, StringComparer.Ordinal);
        EvidenceCount = subject.Diagnosed.Evidence.Count;
        // Numbered in the order in which the elements name them, so that the list reads along with the report.
        var named = Of.Elements.SelectMany(e => e.Evidence).Select(w => _shown.GetValueOrDefault(w.Input.Code)).OfType<PlacedEvidence>().DistinctBy(e => e.Item.Code);
        Sources = [.. named.GroupBy(e => e.Item.Source, StringComparer.Ordinal).Select((g, i) => new ReportSource(i + 1, g.Key, AddressOf(g.Key), [.. g]))];
        _numbers = Sources.ToDictionary(s => s.Text, s => s.Number, StringComparer.Ordinal);

        var known = Of.Elements.Where(e => e.Basis != Basis.Nothing).ToList();
        var asked = (Of.NextStage ?? Of.Stage).Level ?? 0;
        Strengths = [.. known.Where(e => e.Below(asked) < 0.5).OrderByDescending(e => e.Score.Mean).ThenBy(e => e.Element.Index).Take(4)];
        // An element that may be low but is not likely to be is a matter of finding out, not of lifting.
        Gaps = [.. (Of.NextStage is null ? known.OrderBy(e => e.Score.Mean).Where(e => e.MostLikely < ContentPack.Levels - 1) : Of.Blockers.Where(b => b.Below >= 0.5).Select(b => b.Element)).Take(4)];
        FindOut = [.. Of.FindOutNext.Where(e => e.FindOut.MutualInformationBits > 0)];
        Lifts = [.. Gaps.Where(e => LiftOf(e) is not null).Take(3)];
    }

    internal Words T { get; }
    internal PackWords Pack { get; }
    internal ReportKind Kind { get; }
    internal Place Place { get; }

    /// <summary>The place and those above it, itself first.</summary>
    internal IReadOnlyList<Place> Chain { get; }

    /// <summary>The diagnosis it reports.</summary>
    internal Diagnosis Of { get; }

    internal IReadOnlyList<PlaceFact> Facts { get; }
    internal Voices Voices { get; }

    /// <summary>True where the place or its ratings show how Michi works and are nobody's judgement.</summary>
    internal bool IsDemonstration { get; }

    /// <summary>True where internal evidence is listed: not for passing on.</summary>
    internal bool IsInternal => _audience.Internal.Count > 0;

    /// <summary>The evidence that may be shown: own first, then inherited.</summary>
    internal IReadOnlyList<PlacedEvidence> Evidence { get; }

    /// <summary>All evidence that counts, shown or not.</summary>
    internal int EvidenceCount { get; }

    internal IReadOnlyList<ReportSource> Sources { get; }

    /// <summary>What stands best among the elements known, best first.</summary>
    internal IReadOnlyList<DiagnosedElement> Strengths { get; }

    /// <summary>What holds the place back most, first.</summary>
    internal IReadOnlyList<DiagnosedElement> Gaps { get; }

    /// <summary>The gaps to lift first.</summary>
    internal IReadOnlyList<DiagnosedElement> Lifts { get; }

    /// <summary>What to find out next, most telling first.</summary>
    internal IReadOnlyList<DiagnosedElement> FindOut { get; }

    internal string ProgramVersion => PlaceDiagnosis.ProgramVersion;

    internal string PlaceName => Place.NameIn(T.Language);

    /// <summary>What a reader must know of the data; null where there is nothing.</summary>
    internal string? Note => Place.Note.GetValueOrDefault(T.Language) ?? Place.Note.GetValueOrDefault("en");

    internal string NameOf(DiagnosedElement element) => Pack.Name("elements", element.Element.Id);

    /// <summary>What would lift an element from its most likely level; null at the highest, and where nobody looked: there the first thing is to look.</summary>
    internal string? LiftOf(DiagnosedElement element) =>
        element.Basis != Basis.Nothing && element.MostLikely < ContentPack.Levels - 1 ? Pack[$"elements.{element.Element.Id}.lift.{element.MostLikely}"] : null;

    /// <summary>The evidence about an element that may be shown, each with its weight.</summary>
    internal IEnumerable<(PlacedEvidence Evidence, WeighedEvidence Weighed)> EvidenceOf(DiagnosedElement element) =>
        element.Evidence.Where(w => _shown.ContainsKey(w.Input.Code)).Select(w => (_shown[w.Input.Code], w));

    /// <summary>How many pieces of evidence about an element count without being shown.</summary>
    internal int HiddenOf(DiagnosedElement element) => element.Evidence.Count(w => !_shown.ContainsKey(w.Input.Code));

    /// <summary>The number of a piece of evidence's source in the list of sources.</summary>
    internal int SourceOf(PlacedEvidence evidence) => _numbers[evidence.Item.Source];

    /// <summary>What assessors wrote about an element, with the level each reason is for.</summary>
    internal IReadOnlyList<Voice> ReasonsOf(DiagnosedElement element) => [.. Voices.Ratings[element.Element.Id].Where(v => v.Reason.Length > 0)];

    /// <summary>A text in the report's language, else in English, else in any; with the language it is in.</summary>
    internal (string Language, string Text) In(IReadOnlyDictionary<string, string> texts) =>
        texts.TryGetValue(T.Language, out var text) ? (T.Language, text) : texts.TryGetValue("en", out text) ? ("en", text) : (texts.First().Key, texts.First().Value);

    /// <summary>A probability in whole per cent; what is neither impossible nor certain never reads so.</summary>
    internal string Percent(double probability) => ProfileCharts.Percent(probability, T.Culture);

    /// <summary>A number with one decimal.</summary>
    internal string Decimal(double value) => value.ToString("0.0", T.Culture);

    /// <summary>The most likely level of an element with its 5–95 % interval.</summary>
    internal string LevelOf(DiagnosedElement element) =>
        element.Basis == Basis.Nothing ? T["report.unknown"] : T["report.level-of", T["report.interval-of", element.MostLikely, element.Score.Quantile05, element.Score.Quantile95]];

    /// <summary>Median and 5–95 % interval of a domain's or the whole's score.</summary>
    internal string ScoreOf(ScoreSummary score) => T["report.score", Decimal(score.Median), Decimal(score.Quantile05), Decimal(score.Quantile95)];

    private static Uri? AddressOf(string source) =>
        Uri.TryCreate(source, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null;
}
