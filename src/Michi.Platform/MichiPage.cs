using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Platform;

/// <summary>Base of every page: its words, the pack's words, the reader, and addresses in the page's language.</summary>
public abstract class MichiPage : PageModel
{
    /// <summary>Interface texts in the page's language.</summary>
    public Words T => field ??= HttpContext.RequestServices.GetRequiredService<Words>();

    /// <summary>The current pack's texts in the page's language.</summary>
    public PackWords Pack => field ??= HttpContext.RequestServices.GetRequiredService<PackWords>();

    /// <summary>Who is asking.</summary>
    public Reader Reader => field ??= HttpContext.RequestServices.GetRequiredService<Reader>();

    /// <summary>Language tag of the page.</summary>
    public string Lang => T.Language;

    /// <summary>The address of a page in this language: <c>At("siem-reap/evidence")</c>.</summary>
    public string At(string path = "") => $"{Request.PathBase}/{Lang}{(path.Length > 0 ? "/" : "")}{path}";

    /// <summary>This page's address in another language.</summary>
    public string In(string language) => $"{Request.PathBase}/{language}{Request.Path.Value![(Lang.Length + 1)..]}{Request.QueryString}";

    /// <summary>Links to a table of this page as a file, under the same filter; the page's handler <c>table</c> answers.</summary>
    /// <param name="name">What the table is called on the page.</param>
    /// <param name="table">Which one, on a page with several.</param>
    public TableLinks Downloads(string name, string? table = null)
    {
        return new(T, name, As("csv"), As("xlsx"));

        string As(string format)
        {
            var kept = Request.Query.Where(q => q.Key is not ("handler" or "table" or "format" or "rows")).SelectMany(q => q.Value, (q, value) => KeyValuePair.Create(q.Key, value));
            KeyValuePair<string, string?>[] own = [new("handler", "table"), .. table is null ? Array.Empty<KeyValuePair<string, string?>>() : [new("table", table)], new("format", format)];
            return QueryHelpers.AddQueryString($"{Request.PathBase}{Request.Path}", [.. kept, .. own]);
        }
    }

    /// <summary>A name for use inside a sentence, so that its direction of writing does not turn the words around it.</summary>
    public static string Isolate(string name) => $"\u2068{name}\u2069";

    /// <summary>Shows a sentence once, on the next page.</summary>
    protected void Say(string sentence) => TempData["said"] = sentence;

    /// <summary>What is wrong with the input, by field: the address of the field and the sentence.</summary>
    public List<(string Field, string Message)> Errors { get; } = [];

    /// <summary>What the fields are called, by id; known once the page has been written, for the summary above it.</summary>
    public Dictionary<string, IHtmlContent> Labels { get; } = [];

    /// <summary>The sentence for a field, or null.</summary>
    public string? ErrorOf(string field) => Errors.FirstOrDefault(e => e.Field == field).Message;

    /// <summary>A day as the reader writes it (UTC).</summary>
    public string Day(DateTimeOffset at) => at.UtcDateTime.ToString(T["format.day"], T.Culture);

    /// <summary>A day and time as the reader writes them (UTC).</summary>
    public string Moment(DateTimeOffset at) => at.UtcDateTime.ToString(T["format.moment"], T.Culture);

    /// <summary>Shows the page again with what is wrong and status 422.</summary>
    protected IActionResult Again(IEnumerable<Fault> faults)
    {
        Errors.AddRange(faults.Select(f => (f.Field, f.Sentence(T))));
        return Again();
    }

    /// <summary>Shows the page again with its errors and status 422.</summary>
    protected IActionResult Again()
    {
        Response.StatusCode = 422;
        return Page();
    }
}

/// <summary>Base of a page about a place: the place was found and the reader's right checked before the page runs.</summary>
public abstract class PlacePage : MichiPage
{
    /// <summary>The place in the address.</summary>
    public Place Place => (Place)HttpContext.Items[typeof(Place)]!;

    /// <summary>The address of a page of this place.</summary>
    public string Here(string path = "") => At(path.Length == 0 ? Place.Slug : $"{Place.Slug}/{path}");

    /// <summary>The step of the loop this page belongs to.</summary>
    public virtual string Step => "diagnose";
}
