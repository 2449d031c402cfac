using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Michi.Assessment.Evidence;

/// <summary>Shows a source; where it is a web address, as a link that does not tell the site where the reader comes from.</summary>
[HtmlTargetElement("source-link", TagStructure = TagStructure.WithoutEndTag)]
public sealed class SourceLinkTagHelper : TagHelper
{
    /// <summary>The source as entered.</summary>
    public string Text { get; set; } = "";

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.TagMode = TagMode.StartTagAndEndTag;
        if (Uri.TryCreate(Text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            output.TagName = "a";
            output.Attributes.SetAttribute("href", address!.AbsoluteUri);
            output.Attributes.SetAttribute("rel", "noopener noreferrer nofollow");
            output.Content.SetContent(address.Host + (address.AbsolutePath.Length > 40 ? address.AbsolutePath[..40] + "…" : address.AbsolutePath));
        }
        else
        {
            output.TagName = "span";
            output.Content.SetContent(Text);
        }
    }
}
