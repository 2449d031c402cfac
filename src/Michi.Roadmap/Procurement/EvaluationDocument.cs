using static Michi.Roadmap.Procurement.WordParts;
using Table = Michi.Platform.Tables.Table;

namespace Michi.Roadmap.Procurement;

/// <summary>Writes the evaluation report of a tender after its technical close as a Word document in the page's language.</summary>
internal static class EvaluationDocument
{
    /// <returns>The bytes of a DOCX file.</returns>
    public static byte[] Of(TenderPage page)
    {
        var (t, read, facts) = (page.T, page.Case, page.Facts);
        var (tender, plan, result) = (read.Tender!, read.Plan.Plan, read.Result!);
        return Written(page.Lang, body =>
        {
            body.Append(Line(t["tender.report"], "Title"), Line(facts.NameIn(page.Lang), "Subtitle"));
            body.Append(Line(t["tender.report-head", page.Place.NameIn(page.Lang), t[$"tender.states.{read.State}"], page.Moment(tender.ChangedAt)]));
            if (page.Procurement.IsDemonstration) body.Append(Line($"{t["procurement.demo"]}: {t["procurement.demo-text"]}"));
            if (!read.IsIntact) body.Append(Line($"{t["tender.broken-title"]} {t["tender.broken"]}"));

            Head("procurement.plan");
            body.Append(Line(t.Sentences(t[$"procurement.methods.{plan.Method}"], plan.Method == "qcbs" ? t["procurement.formula", plan.TechnicalWeight, 100 - plan.TechnicalWeight] : null,
                t["procurement.minimum-is", plan.Minimum], t["procurement.evaluators-are", plan.Evaluators, plan.Threshold])));
            body.Append(Line($"{t["tender.frozen", page.Moment(tender.PlanFrozenAt!.Value)]} SHA-256: {tender.PlanHash}"));
            body.Append(TableOf([7500, 2000], [[t["procurement.criterion"], t["procurement.share"]], .. plan.Leaves.Select(l => new[] { page.Criterion(l.Id), l.Share.ToString("0.##", t.Culture) })]));

            Head("tender.bids");
            body.Append(Line(t["tender.deadline-is", page.Moment(tender.Deadline)]));
            body.Append(TableOf([600, 3400, 1800, 1800, 1900], [[t["tender.number"], t["tender.bidder"], t["tender.country"], t["tender.received"], t["tender.standing"]],
                .. read.Bidders.Select(b => new[] { $"{b.Number}", b.Name, page.CountryName(b.Country), page.Moment(b.ReceivedAt), b.IsLate ? t["tender.late"] : b.Exclusion is { } why ? $"{t["tender.excluded"]}: {why}" : t["tender.stands"] })]));

            Head("tender.evaluators");
            body.Append(TableOf([3000, 6500], [[t["tender.evaluator"], t["tender.declaration"]], .. read.Evaluators.Select(e => new[] { e.Evaluator.Name, page.Declared(e.Evaluator) })]));

            Head("tender.means");
            body.Append(Line($"{t["tender.sealed", page.Moment(tender.SealedAt!.Value)]} SHA-256: {tender.Seal}"));
            var (width, bids) = (6000 / Math.Max(1, result.Bids.Count), result.Bids);
            body.Append(TableOf([3500, .. bids.Select(_ => width)], [[t["procurement.criterion"], .. bids.Select(b => b.Bidder.Name)],
                .. plan.Leaves.Select(l => (string[])[page.Criterion(l.Id), .. bids.Select(b => b.Means[l.Id].ToString("0.##", t.Culture))]), [t["tender.technical"], .. bids.Select(b => b.Technical.ToString("0.00", t.Culture))]]));

            Head("tender.disagreement");
            body.Append(Line(t.Sentences(t["tender.disagreement-note", plan.Threshold], tender.Round == 2 ? t["tender.second-held", read.Contested.Count] : t["tender.agreed", plan.Threshold],
                t["tender.agreement", Alpha(result.FirstAgreement), Alpha(result.Agreement)])));

            Head("tender.ranking");
            if (!result.IsRanked) body.Append(Line(t["tender.prices-missing"]));
            else
            {
                Append(TenderTables.Ranking(read, t), [800, 800, 2900, 1250, 1500, 1000, 1250]);
                foreach (var sentence in TenderTables.Explained(read, t)) body.Append(Line(sentence));
                body.Append(Line(t["procurement.plan-source"]));
            }

            if (tender.Decisions.Count > 0)
            {
                Head("tender.award");
                foreach (var decision in tender.Decisions)
                {
                    var winner = read.Bidders.First(b => b.Number == decision.Bid);
                    body.Append(Line($"{winner.Number}. {winner.Name}: {page.Amount(winner.Price!.Value)}", "Heading2"));
                    body.Append(Line($"{t["tender.proposed-on", page.Moment(decision.ProposedAt)]} {decision.ProposedBy}"), Line(decision.Reason));
                    body.Append(Line(t.Sentences(t["tender.standstill-ends", page.Moment(decision.StandstillEnds)], decision.AwardedAt is { } awarded ? t["tender.awarded-on", page.Moment(awarded)] : null,
                        decision.DeclinedAt is { } declined ? $"{t["tender.declined-on", page.Moment(declined)]} {decision.DeclineReason}" : null)));
                }
            }

            Head("tender.scores");
            Append(TenderTables.Scores(read, t, page.Criterion), [600, 1700, 1900, 1400, 700, 700, 2500]);

            void Head(string key) => body.Append(Line(t[key], "Heading1"));

            void Append(Table table, int[] widths) =>
                body.Append(TableOf(widths, [[.. table.Columns.Select(c => c.Header)], .. table.Rows.Select(r => r.Select(c => c.AsNumber?.ToString("#,0.####", t.Culture) ?? c.ToString()).ToArray())]));
        });

        string Alpha(double alpha) => double.IsNaN(alpha) ? "–" : alpha.ToString("0.00", t.Culture);
    }
}
