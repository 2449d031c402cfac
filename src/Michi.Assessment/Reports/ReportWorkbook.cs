using Michi.Approach;
using Michi.Assessment.Profiles;
using Michi.Platform.Tables;

namespace Michi.Assessment.Reports;

/// <summary>A report as a workbook: a sheet for each of its parts, numbers as numbers.</summary>
internal static class ReportWorkbook
{
    public static byte[] Write(ReportModel model)
    {
        using var stream = new MemoryStream();
        XlsxFile.Write(stream, [.. Tables(model)]);
        return stream.ToArray();
    }

    private static IEnumerable<Table> Tables(ReportModel model)
    {
        var (t, pack, of) = (model.T, model.Pack, model.Of);
        var p = of.Input.Pack;
        Table Sheet(string name, IEnumerable<(string Header, double Width)> columns, IEnumerable<TableCell[]> rows) => new(t[name], [.. columns.Select(c => new TableColumn(c.Header, c.Width))], rows);

        yield return Sheet("report.summary", [(t["report.title", model.PlaceName], 32), (t["report.as-of", of.Input.On], 80)], Summary());
        yield return Sheet(
            "report.elements-sheet",
            [
                (t["chart.domain"], 14), ("", 6), (t["report.element"], 34), (t["report.rests-on"], 16), .. Enumerable.Range(0, ContentPack.Levels).Select(l => (t["report.level-number", l], 10.0)),
                (t["report.most-likely"], 12), (t["report.mean"], 10), (t["report.median"], 12), ("5%", 8), ("95%", 8), (t["report.bits"], 14), (t["report.error-less"], 14), (t["report.lift"], 70),
            ],
            of.Elements.Select(e => new TableCell[]
            {
                pack.Name("domains", e.Element.DomainId), e.Element.Id, model.NameOf(e), t[$"basis.{e.Basis}"], e.Levels[0], e.Levels[1], e.Levels[2], e.Levels[3], e.Levels[4],
                Known(e, e.MostLikely), Known(e, e.Score.Mean), Known(e, e.Score.Median), Known(e, e.Score.Quantile05), Known(e, e.Score.Quantile95),
                e.FindOut.MutualInformationBits, e.FindOut.MisclassificationReduction, model.LiftOf(e),
            }));
        if (model.Kind == ReportKind.Summary) yield break;

        yield return Sheet(
            "report.stage",
            [(t["report.element"], 40), (t["report.below", (of.NextStage ?? of.Stage).Level ?? 0], 20), (t["report.veto"], 20)],
            of.Blockers.Select(b => new TableCell[] { $"{b.Element.Element.Id} {model.NameOf(b.Element)}", b.Below, b.Veto }));
        yield return Sheet(
            "report.programmes-sheet",
            [(t["report.programme"], 44), (t["report.level"], 22), (t["chart.domain"], 16), (t["report.answers"], 40), (t["report.instruments"], 40)],
            of.Programmes.Select(m => new TableCell[]
            {
                pack.Name("programmes", m.Programme.Id), pack.Name("programmeLevels", m.Programme.Level), pack.Name("programmeDomains", m.Programme.Domain),
                string.Join(t["report.list"], m.Gaps.Select(g => $"{g.Element.Element.Id} {model.Percent(g.Below)}")), string.Join(t["report.list"], m.Programme.Instruments.Select(i => pack.Name("instruments", i))),
            }));
        yield return Sheet(
            "report.evidence",
            [("", 22), (t["report.place"], 18), (t["report.element"], 10), (t["report.says"], 20), (t["report.evidence"], 80), (t["report.kind"], 14), (t["report.date"], 12), (t["report.quality-heading"], 10), (t["report.weight"], 10), (t["report.same-source"], 12), (t["report.source"], 60)],
            of.Elements.SelectMany(e => model.EvidenceOf(e).Select(x => new TableCell[]
            {
                x.Evidence.Item.Code, x.Evidence.Place.NameIn(t.Language), e.Element.Id, pack.Name("says", x.Weighed.Input.Says), model.In(x.Evidence.Item.Statement).Text, pack.Name("kinds", x.Evidence.Item.Kind),
                x.Evidence.Item.Date, pack.Name("qualities", x.Evidence.Item.Quality), x.Weighed.Weight, x.Weighed.SharesSourceWith, x.Evidence.Item.Source,
            })));
        yield return Sheet(
            "report.reasons",
            [(t["report.element"], 40), (t["report.level"], 14), (t["report.confidence"], 14), (t["report.reasons"], 80)],
            of.Elements.SelectMany(e => model.Voices.Ratings[e.Element.Id].Select(v => Voiced(e, v, v.Level is { } level ? t["report.level-number", level] : t["report.cannot-tell"]))
                .Concat(model.Voices.Agreed.TryGetValue(e.Element.Id, out var agreed) ? [Voiced(e, agreed, $"{t["report.level-number", agreed.Level]} ({t["report.consensus"]})")] : [])));
        yield return Sheet("report.record", [("", 40), ("", 80)],
        [
            [t["report.record-date"], of.Input.On], [t["report.record-program"], $"Michi {model.ProgramVersion}"], [t["report.record-pack"], $"{p.Id} {p.Version} {p.Hash}"],
            [t["report.record-inputs"], of.Input.Hash()], [t["report.record-seed"], of.Input.Seed], [t["report.record-draws"], of.Input.Draws],
        ]);

        TableCell[] Voiced(DiagnosedElement e, Voice voice, string level) => [$"{e.Element.Id} {model.NameOf(e)}", level, pack.Name("confidences", voice.Confidence), voice.Reason];

        IEnumerable<TableCell[]> Summary()
        {
            TableCell[] Row(string key, TableCell value) => [t[key], value];
            if (of.IsPreliminary) yield return Row("report.preliminary", t["report.preliminary-text"]);
            if (model.IsDemonstration) yield return Row("report.demonstration", t["report.demonstration-text"]);
            if (model.IsInternal) yield return Row("report.internal", t["report.internal-text"]);
            yield return Row("report.characteristic", $"{pack.Name("characteristics", of.Characteristic.Id)} {t[of.Characteristic.IsConfirmed ? "report.confirmed" : "report.suggested"]}");
            yield return Row("report.maturity", $"{string.Join(t["report.or"], of.PossibleMaturities.Select(m => pack.Name("maturities", m.Id)))} {model.ScoreOf(of.Whole)}");
            yield return Row("report.direction", pack.Name("directions", of.Direction));
            yield return Row("report.scale-up", string.Join(t["report.and"], of.ScaleUps.Select(s => pack.Name("scaleUps", s.Id))));
            foreach (var stage in p.Stages) yield return [$"{t["report.stage"]}{t["report.stop"]}{pack.Name("stages", stage.Id)}", of.StageProbabilities[stage.Index]];
            foreach (var (domain, i) in p.Domains.Select((d, i) => (d, i))) yield return [pack.Name("domains", domain.Id), model.ScoreOf(of.Domains[i])];
            foreach (var element in model.Strengths) yield return Row("report.strengths", $"{element.Element.Id} {model.NameOf(element)}{t["report.stop"]}{model.LevelOf(element)}");
            foreach (var element in model.Gaps) yield return Row("report.gaps", $"{element.Element.Id} {model.NameOf(element)}{t["report.stop"]}{model.LevelOf(element)}");
            foreach (var step in pack.List($"stages.{of.Stage.Id}.doNext")) yield return [t["report.first-stage", pack.Name("stages", of.Stage.Id)], step];
            foreach (var element in model.Lifts) yield return Row("report.first-lift", $"{element.Element.Id} {model.NameOf(element)}{t["report.stop"]}{model.LiftOf(element)}");
            foreach (var element in model.FindOut.Take(10)) yield return Row("report.find-out", $"{element.Element.Id} {model.NameOf(element)}{t["report.stop"]}{pack[$"elements.{element.Element.Id}.questions.0"]}");
        }
    }

    private static TableCell Known(DiagnosedElement element, double value) => element.Basis == Basis.Nothing ? TableCell.Empty : value;
}
