using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Michi.Analytics.Profiles;

namespace Michi.Assessment.Reports;

/// <summary>A report as JSON, in the shape docs/report-format.md describes.</summary>
internal static class ReportJson
{
    /// <summary>Version of the shape. Fields may be added to it; none changes its meaning.</summary>
    public const string Format = "michi-report/1";

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(ReportModel model) => JsonSerializer.SerializeToUtf8Bytes(Of(model), Options);

    private static object Of(ReportModel model)
    {
        var (of, pack, full) = (model.Of, model.Pack, model.Kind == ReportKind.Full);
        var (p, input) = (of.Input.Pack, of.Input);
        return new
        {
            Format,
            Language = model.T.Language,
            Kind = Word(model.Kind),
            Record = new
            {
                input.On,
                Program = model.ProgramVersion,
                Pack = new { p.Id, p.Version, p.Hash },
                InputsHash = input.Hash(),
                input.Seed,
                input.Draws,
            },
            Place = new
            {
                model.Place.Slug,
                Kind = input.PlaceKind,
                Name = model.PlaceName,
                model.Place.Names,
                model.Place.CountryCode,
                Above = model.Chain.Skip(1).Select(c => new { c.Slug, Name = c.NameIn(model.T.Language) }),
                model.Note,
                Facts = model.Facts.Select(f => new { f.Kind, f.Value, f.Source, f.Date }),
            },
            Status = new
            {
                of.IsPreliminary,
                model.IsDemonstration,
                model.IsInternal,
                EvidenceCounted = model.EvidenceCount,
                EvidenceShown = model.Evidence.Count,
                ElementsWithEvidence = of.Elements.Count(e => e.Evidence.Count > 0),
            },
            Position = new
            {
                Characteristic = new { of.Characteristic.Id, Name = pack.Name("characteristics", of.Characteristic.Id), of.Characteristic.Suggested, of.Characteristic.IsConfirmed, Rule = of.Characteristic.RuleId },
                Maturity = new { of.Maturity.Id, Name = pack.Name("maturities", of.Maturity.Id), Possible = of.PossibleMaturities.Select(m => m.Id) },
                Direction = new { Id = of.Direction, Name = pack.Name("directions", of.Direction) },
                ScaleUps = of.ScaleUps.Select(s => new { s.Id, Name = pack.Name("scaleUps", s.Id), s.Rules }),
            },
            Whole = Score(of.Whole),
            Domains = p.Domains.Select((d, i) => new { d.Id, Name = pack.Name("domains", d.Id), Score = Score(of.Domains[i]) }),
            Stage = new
            {
                MostProbable = of.Stage.Id,
                Next = of.NextStage?.Id,
                Probabilities = p.Stages.Select(s => new { s.Id, Name = pack.Name("stages", s.Id), Probability = of.StageProbabilities[s.Index] }),
                Boundaries = of.Rule.Select((r, b) => new
                {
                    Stage = p.Stages[b + 1].Id,
                    r.Passes,
                    Weight = r.CoalitionWeight,
                    Needed = p.Majority,
                    Below = r.Against.Select(e => p.Elements[e].Id),
                    Vetoes = r.Vetoes.Select(e => p.Elements[e].Id),
                }),
                Blockers = of.Blockers.Select(b => new { Element = b.Element.Element.Id, b.Below, b.Veto }),
                Plans = of.Lifts.Select(plan => new { plan.Cost, Changes = plan.Changes.Select(c => new { Element = p.Elements[c.Element].Id, c.From, c.To }) }),
            },
            Elements = of.Elements.Select(e => new
            {
                e.Element.Id,
                Domain = e.Element.DomainId,
                Name = model.NameOf(e),
                Basis = Word(e.Basis),
                e.Levels,
                Score = Score(e.Score),
                Assessors = e.Raters,
                e.CannotTell,
                Information = new { Bits = e.FindOut.MutualInformationBits, e.FindOut.MisclassificationReduction },
                e.MostLikely,
                Lift = model.LiftOf(e),
                Evidence = full ? model.EvidenceOf(e).Select(x => new { x.Evidence.Item.Code, x.Weighed.Input.Says, x.Weighed.AgeClass, x.Weighed.Weight, x.Weighed.SharesSourceWith }) : null,
                EvidenceNotShown = model.HiddenOf(e),
                Ratings = full ? model.Voices.Ratings[e.Element.Id].Select(v => new { v.Level, v.Confidence, v.Reason }) : null,
                Consensus = model.Voices.Agreed.GetValueOrDefault(e.Element.Id),
            }),
            FindOut = model.FindOut.Select(e => e.Element.Id),
            Programmes = full ? of.Programmes.Select(m => new
            {
                m.Programme.Id,
                Name = pack.Name("programmes", m.Programme.Id),
                m.Programme.Domain,
                m.Programme.Level,
                Gaps = m.Gaps.Select(g => new { Element = g.Element.Element.Id, g.Below }),
                m.Programme.Instruments,
            }) : null,
            Participants = new { model.Voices.Round, model.Voices.Groups },
            Evidence = full ? model.Evidence.Select(e => new
            {
                e.Item.Code,
                Place = e.Place.Slug,
                e.IsInherited,
                e.Item.IsInternal,
                e.Item.Kind,
                e.Item.Quality,
                e.Item.Date,
                Elements = e.Item.Links.ToDictionary(l => l.Element, l => l.Says),
                e.Item.Statement,
                e.Item.Source,
            }) : null,
        };
    }

    private static object Score(ScoreSummary score) => new { score.Mean, score.Median, score.Quantile05, score.Quantile95 };

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();
}
