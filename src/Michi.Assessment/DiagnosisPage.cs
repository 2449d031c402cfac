using Michi.Approach;
using Michi.Assessment.Profiles;
using Michi.Platform;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Assessment;

/// <summary>Base of a page that shows the diagnosis of its place, with the words of the pack the diagnosis was made with.</summary>
public abstract class DiagnosisPage : PlacePage
{
    internal DiagnosedPlace Diagnosed { get; private set; } = null!;

    /// <summary>The diagnosis.</summary>
    public Diagnosis D => Diagnosed.Diagnosis;

    /// <summary>Texts of the pack the diagnosis was made with.</summary>
    public PackWords Words { get; private set; } = null!;

    internal ProfileCharts Charts { get; private set; } = null!;

    /// <inheritdoc />
    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(next);
        Guid? assessment = Guid.TryParse(Request.Query["assessment"], out var id) ? id : null;
        var services = HttpContext.RequestServices;
        Diagnosed = await services.GetRequiredService<PlaceDiagnosis>().OfAsync(Place, HttpContext.RequestAborted, assessment);
        Words = D.Input.Pack.Words(Lang);
        Charts = new(services.GetRequiredService<HtmlRenderer>(), D, Words, T);
        await next();
    }

    /// <summary>A probability as a percentage for the reader.</summary>
    public string Percent(double probability) => ProfileCharts.Percent(probability, T.Culture);

    /// <summary>A score with one decimal.</summary>
    public string Score(double value) => value.ToString("0.0", T.Culture);

    /// <summary>"P1 Philosophy and Vision".</summary>
    public string NameOf(DiagnosedElement element)
    {
        ArgumentNullException.ThrowIfNull(element);
        return $"{element.Element.Id} {Words.Name("elements", element.Element.Id)}";
    }

    /// <summary>Names of elements in the language's list form, the first few in full.</summary>
    public string List(IEnumerable<DiagnosedElement> elements, int most = 5)
    {
        var all = elements.ToList();
        var names = string.Join(T["list.separator"], all.Take(most).Select(NameOf));
        return all.Count > most ? T["list.more", names, all.Count - most] : names;
    }
}
