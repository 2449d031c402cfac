using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Procurement;

/// <summary>Writes a procurement as a release of the Open Contracting Data Standard 1.1: planning, tender and award as far as they are reached.</summary>
/// <remarks>
/// Source: Open Contracting Partnership, OCDS 1.1 release schema and its codelists. There is nothing of scores or evaluators in it, and no price but that of an award.
/// The prefix of the <c>ocid</c> is given to a publisher by the Open Contracting Partnership; the default of the setting is a placeholder.
/// </remarks>
internal static class OcdsRelease
{
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Ocid(Guid procurement, string prefix) => $"{prefix}-{procurement}";

    /// <summary>A release package with the one release.</summary>
    /// <param name="from">What it is read by, for its address.</param>
    public static JsonObject Package(TenderCase read, string prefix, Words words, HttpRequest from) => new()
    {
        ["uri"] = $"{from.Scheme}://{from.Host}{from.PathBase}{from.Path}{from.QueryString}",
        ["version"] = "1.1",
        ["publishedDate"] = Moment(read.Tender?.ChangedAt ?? read.Procurement.ChangedAt),
        ["publisher"] = new JsonObject { ["name"] = read.Place.NameIn(words.Language) },
        ["releases"] = new JsonArray(Of(read, prefix, words)),
    };

    /// <summary>The package as a file to download.</summary>
    public static FileContentResult File(TenderCase read, string prefix, Words words, HttpRequest from) =>
        new(Encoding.UTF8.GetBytes(Package(read, prefix, words, from).ToJsonString(Indented)), "application/json") { FileDownloadName = $"{Ocid(read.Procurement.Id, prefix)}.json" };

    public static JsonObject Of(TenderCase read, string prefix, Words words)
    {
        var (tender, facts, plan, language) = (read.Tender, read.Procurement.Facts, read.Plan.Plan, words.Language);
        var ocid = Ocid(read.Procurement.Id, prefix);
        var buyer = new JsonObject { ["id"] = $"michi-{read.Place.Slug}", ["name"] = read.Place.NameIn(language) };
        var decisions = tender?.Decisions ?? [];
        // Who has bid is told when bids are opened.
        var bidders = read.State is TenderState.Draft or TenderState.Published or TenderState.Bids ? [] : read.Bidders;

        var described = new JsonObject
        {
            ["id"] = ocid,
            ["title"] = facts.NameIn(language),
            ["status"] = read.State switch { TenderState.Draft => "planning", TenderState.Awarded => "complete", TenderState.Cancelled => "cancelled", _ => "active" },
            ["procuringEntity"] = buyer.DeepClone(),
            ["mainProcurementCategory"] = facts.Kind == "consultant" ? "services" : "goods",
            ["procurementMethodDetails"] = plan.Method == "qbs" ? "Quality-based selection (QBS)" : "Quality- and cost-based selection (QCBS)",
            ["awardCriteria"] = plan.Method == "qbs" ? "qualityOnly" : "ratedCriteria",
            ["awardCriteriaDetails"] = FormattableString.Invariant($"Technical weight {plan.TechnicalWeight} %, price {100 - plan.TechnicalWeight} %; minimum technical score {plan.Minimum} of 100; at least {plan.Evaluators} evaluators.{(tender?.PlanHash is { } hash ? $" SHA-256 of the evaluation plan: {hash}." : "")}"),
        };
        if (facts.Kind == "consultant") described["additionalProcurementCategories"] = new JsonArray("consultingServices");
        if (Section("scope") is { } scope) described["description"] = scope;
        if (tender is not null)
        {
            described["tenderPeriod"] = tender.Deadline >= tender.PublishedAt ? new JsonObject { ["startDate"] = Moment(tender.PublishedAt), ["endDate"] = Moment(tender.Deadline) } : new JsonObject { ["endDate"] = Moment(tender.Deadline) };
            if (tender.CancelReason is { } reason) described["description"] = $"{described["description"]}\n\n{reason}".Trim();
        }
        if (bidders.Count > 0)
        {
            described["numberOfTenderers"] = bidders.Count;
            described["tenderers"] = new JsonArray([.. bidders.Select(b => (JsonNode)Reference(b))]);
        }

        var release = new JsonObject
        {
            ["ocid"] = ocid,
            ["id"] = $"{ocid}-{read.Procurement.Version}-{read.Version}",
            ["date"] = Moment(tender?.ChangedAt ?? read.Procurement.ChangedAt),
            ["tag"] = new JsonArray([.. Tags().Select(t => (JsonNode)t)]),
            ["initiationType"] = "tender",
            ["language"] = language,
            ["parties"] = new JsonArray([Party(buyer, ["buyer", "procuringEntity"], read.Place.CountryCode, words), .. bidders.Select(b =>
                Party(Reference(b), decisions.Any(d => d.Bid == b.Number && d.DeclinedAt is null) ? ["tenderer", "supplier"] : ["tenderer"], b.Country, words))]),
            ["buyer"] = buyer.DeepClone(),
            ["planning"] = Section("background") is { } background ? new JsonObject { ["rationale"] = background } : new JsonObject(),
            ["tender"] = described,
        };
        if (decisions.Count > 0)
        {
            release["awards"] = new JsonArray([.. decisions.Select((d, i) =>
            {
                var winner = read.Bidders.First(b => b.Number == d.Bid);
                return (JsonNode)new JsonObject
                {
                    ["id"] = $"{ocid}-award-{i + 1}",
                    ["title"] = facts.NameIn(language),
                    ["description"] = d.DeclineReason is null ? d.Reason : $"{d.Reason}\n\n{d.DeclineReason}",
                    ["status"] = d.DeclinedAt is not null ? "cancelled" : d.AwardedAt is not null ? "active" : "pending",
                    ["date"] = Moment(d.AwardedAt ?? d.ProposedAt),
                    ["value"] = new JsonObject { ["amount"] = winner.Price, ["currency"] = tender!.Currency },
                    ["suppliers"] = new JsonArray(Reference(winner)),
                };
            })]);
        }
        return release;

        IEnumerable<string> Tags()
        {
            yield return "planning";
            if (read.State == TenderState.Cancelled) yield return "tenderCancellation";
            else if (tender is not null) yield return "tender";
            if (decisions.Count > 0) yield return "award";
        }

        string? Section(string id) => facts.Sections.GetValueOrDefault(id) is { Count: > 0 } texts ? Initiatives.InitiativeFacts.TextIn(texts, language) : null;
    }

    private static JsonObject Reference(Bidder bidder) => new() { ["id"] = $"michi-bid-{bidder.Id}", ["name"] = bidder.Name };

    private static JsonObject Party(JsonObject reference, string[] roles, string? country, Words words)
    {
        var party = (JsonObject)reference.DeepClone();
        if (country is not null) party["address"] = new JsonObject { ["countryName"] = words.Find($"countries.{country}") ?? country };
        party["roles"] = new JsonArray([.. roles.Select(r => (JsonNode)r)]);
        return party;
    }

    private static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
