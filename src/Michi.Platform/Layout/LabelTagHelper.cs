using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Michi.Platform.Layout;

/// <summary>Remembers what each field is called, so that the summary of errors above the form can name it.</summary>
[HtmlTargetElement("label", Attributes = "for")]
public sealed class LabelTagHelper(HtmlEncoder encoder) : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc />
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(output);
        if (ViewContext.ViewData.Model is MichiPage { Errors.Count: > 0 } page) page.Labels[context.AllAttributes["for"].Value.ToString()!] = new HtmlString((await output.GetChildContentAsync()).GetContent(encoder));
    }
}
