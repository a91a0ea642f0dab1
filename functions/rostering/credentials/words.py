"""The word lists that first secrets are drawn from: easy, lower case, and safe to read aloud in class.

In each list no word begins with another one, also when o is read as 0 and i or l as 1, so a secret
typed without its dashes, or with a 1 for an l, is still that secret and no other: no bit is lost. Left
out are words that are first names above all, words about bodies, blood, weapons, drink, drugs, faith,
politics and people's looks, and words that become rude beside another word of the list.

The child list is our own. The others are made from it, from the English list of BIP 39 (MIT license,
copyright 2013-2016 Pavol Rusnak) and from EFF's passphrase lists (Creative Commons Attribution 3.0 US,
copyright Electronic Frontier Foundation, Joseph Bonneau), the most frequent and shortest words first.
"""

# 256 words (8 bits each) for the youngest.
CHILD = tuple("""
apple arm bag ball band bank barn bath bean bear bee bell bench bike bird blue book bowl box bread brick
brush bubble bunny bus button cake camel camp candle cap car castle cave chair chalk cheese circle clay
clock cloud clown coin cookie corn crab crown cup dance deer desk dig dish doctor dog doll donkey door
dragon draw dream dress drum duck eagle earth egg elbow elf eye face fan farm fence fig fish five flag floor
flower fly foam fork four fox frog funny game garden gate glass glove gold goose grass green guitar hand
happy hay hill honey hop horn horse house hug ice ink island jam jar jeans jelly juice jungle key kitten
knee lake lamb lamp leaf lemon lizard log lunch magic map marble mask moon moose mouse mud music nine north
nose ocean orange oven owl panda paper park path peach pencil piano pie pillow pink pizza plane plate play
pond pony potato puppy purple puzzle radio rain read red ribbon rice ride ring river road rock roof rug
ruler run sail salad sand scarf school seal seed seven shark sheep shell ship shoe shop sing six skate skip
slide smile snail snow soap song soup spoon spring star steam stone store storm story straw stream sugar sun
swim swing table tail tea ten three tiger toe tomato tooth top towel tower town toy track train tree truck
tub tuna turkey turtle violin wagon walk wall warm wash water wave wheel wind wing winter wood wool yard
yellow zoo
""".split())  # noqa: SIM905 (a list that people read)

# 1,024 words (10 bits each) for grades 03 to 05.
PUPIL = tuple("""
ability able access account acid across act add admit advice afford again aged agency agree ahead air album
alert all almost alpha always amazing amount angle animal annual answer ant anything anyway apart appear
apple apply arch area arena arm artist aside attend author auto average avoid awake award aware away awesome
awful axis bacon bag ball band bank barn base basis bath beach bear beauty become beef believe belt bench
benefit best better bid bike bind bird birth bless blog blue board boat boil bonus book boost boot border
boss bowl box brain brand brave bread brick brief bright bring broad broke brush budget build bulk bunch bus
button buzz cabin cable cake call calm camp canal cap car case cash castle cat cause cave century certain
chair chance change charge chat cheap check cheese chef chief chip choice choose circle city civil claim
class clay clear click client cliff climb clip clock close cloud club coach coast coat code coffee coin cold
color common company control cook cool copy core corn correct cost couch country county course cover crab
craft cream create credit creek crew crop crowd crown cube culture cup cure current curve cute cycle daily
dance dash data day deal debate decade decide deck deer defense degree delay demand depth deputy design desk
detail device dial diary diet digital dinner direct dish draft drama draw dream dress drink drive drop drum
dry duck dude duke duo dust dutch duty eagle early earn earth easily east easy eating echo economy edge edit
effort egg eight elf elite email empty end energy enjoy enough ensure enter entire entry episode equal
escape essay estate evidence exact excuse exist exit expect explain eye face fact fall fame family famous
fancy farm fashion feature federal feed feel fence few field fifth figure file film final find finish firm
first fish fit five fix flag flash flat flight flip floor fluid fly foam focus fog fold folk follow food
foot force forest forget fork forum forward found four fox frame fresh friday friend frog fuel fun future
gain game gap garden gate gave gear gem general genre giant gift gig given glad glass globe glory glow glue
goal goat gold golf good gown grain grass gray great green grew grid ground group grow guard guess guide
guitar gulf half hand happy hat hawk hay health heart heat heavy height hello help hen hero hidden high hill
hint hip hire history hold home honey hood hop horn horse host hotel hour house hub huge humor hut ice icon
idea ignore image impact improve inch include income index industry ink inner input inside interest iron jam
jar jazz jeans jet join joke judge juice july keen keep key kind kit knee know label labor lake lamb lamp
land large last later latin laugh law layer leader leaf learn leave left legal legend lemon lend length lens
lesson letter level library lid life light like limit link list little live living local lock log long loop
loyal lucky lunch mail main major making manage map march market mask mass match math matter meat medal
media melt memory menu mercy mesh message metal method middle million mind minute mirror miss mix mobile
model moment month moon mop moral more morning most motion motor mouse move movie moving much mud museum
myth nail name nap nation nature nearly neck nest net news next nice night noble noise normal north nose
note notice novel number oak obey object occur october offer office oil okay old open opinion option orange
order original outer outside oven owl owner pace page paint pair palace palm panel paper park pass patch
path paw peace pen people perfect person pet photo piano picture piece pilot pink pipe pitch pizza place
planet plant plate play please plug plus pocket poem poet point policy pond pony pool popular position
possible post power prefer present press pretty prevent price pride primary print prior private prize
process profit program project proof protect proud provide purpose put quality question quick quiet quit
quiz quote radar radio rail rain raise ramp random range rank rapid rare rate rather raw reach read real
reason receive recent record red reform region regular relax release relief rely remain remember remove rent
repeat reply report rescue result return review rib rice ride ridge right ring rise risk river road robot
rock roof room rough round route rug rule run rural safe said sail sake salad salt sample sand sauce save
say scale school science score screen sea second secret section security seed seek select self sell send
sense series serve service set seven shadow shape share shark shed sheep shell shift ship shirt shoe shop
short shown shut shy side sight sign silent silk silly silver similar simple simply sing six size skill skip
sky slide slot slow small smart smile snow soap soccer social soda soft solar solid solve song soon sorry
sort soul sound soup source south space spare speak special speech speed spell spend spent spin spirit split
spoke sport spot spray spread spring spy squad square stable staff stage stamp stand start state status stay
steam steel stem step stock stood stop store storm story stream street strong stuck student stuff style
subject success sugar suit summer sun super supply support sure surface survey swap sweet swift swim swing
switch system table tag tail talent talk tape target task taste taxi teach team tell ten term test text
thank theme theory thought three ticket tide tiger time tiny tip title today toe together tonight tool top
total tower town toy track trade train travel tray treat tree trend tried trim truck true truly trust truth
try tube turkey turn twenty twice twist two type union unique unit update upper urge usage use usual valid
valley value valve various vast venue version vice video view village visa visit visual vital vocal voice
volume wage wait wake walk wall wanted warm wash wave way wealth wear weather web weekend west wheel whole
wide wild win wire wise wish wonder wood wool word work world worry worth wow write yard year yellow yoga
youth zero zoo
""".split())  # noqa: SIM905 (a list that people read)

# 2,048 words (11 bits each) from grade 06 on.
STUDENT = tuple("""
ability able abroad absence absolute accent access accident account accurate achieve acid acquire acre
across act adapt add adjust admit advance advice afar affair affected afford again aged agency agenda agree
ahead aide air aisle album alert all almost alpha alter always amazing amend amino amount ample amused
anchor android angle animal announce annoying annual answer ant anymore anything anytime anyway anywhere
apart appear apple applied apply approach approval approve aqua arch area arena arise arm arrange array
arrival artist artwork aside asleep aspect athlete atlas atom attempt attend attitude attract auction
audience audio audit author auto autumn avenue average avocado avoid awake award aware away awesome awful
awkward axis bachelor backed backing backup bacon badge badly bag baked baker balance balcony ball banana
band bank banner bargain barn barrel barrier base basin basis basket batch bath baton battery beach bead
bear beauty become beef behave believe belt bench benefit best better bicycle bid bike bind biology bird
birth blanket blaze blend bless blink blog blossom blouse blue blur blush board boast boat boil bolt bonus
book boost boot border borrow boss bottle bounce bowl box bracket brain brand brass brave bread breath
breeze brick brief bright bring brink brisk broad broccoli broke bronze brook broom brought brush bubble
bucket budget buffalo build bulb bulk bunch bundle bunny burger bus butter button buyer buzz cabbage cabin
cable cache cactus cake call calm camel cameo camp canal cancel candle canoe canon canvas canyon cap car
case cash castle casual cat cause causing caution cave cedar ceiling celery cement census century cereal
ceremony certain chair chalk chamber champion chance change channel chant chapter charge charm charter chat
cheap check cheek cheer cheese chef chess chicken chief chill chimney chip choice choose chop chosen chow
chuckle chunk churn cider cinema cinnamon circle circus citizen city civil clad claim clamp clap clarify
clash class clause claw clay clear clerk clever click client cliff climate climb cling clip cloak clock
close cloth cloud clown club clump cluster clutch coach coast coat code coffee coin cold collar collect
colony color colt column comfort comment commerce common company compare comply computer concept concert
concrete confirm conflict connect consent consider constant consumer contact contest context control
convince cook cool cope copper copy coral core cork corn correct cost cot couch country county course cover
coyote cozy crab cradle craft cram crank crater crave crayon cream create creation creative credit creek
crew crib cricket crisp crop crouch crowd crown cruise crumble crunch crust crystal cube cultural culture
cup cure curious current curry curtain curve cushion custom cute cycle daily dairy dance dancing daring
darkness dash data day deal debate decade december decent decide deck declared decorate deed deeply deer
default defense defy degree delay delete deliver delta demand denim dense density dental dentist depend
depth deputy derby derive describe desert deserve design desk despite detail detect develop device devote
diagram dial diamond diary diesel diet differ digital dignity dilemma dime diner dining dinner dinosaur
direct disagree discount discover discuss dish disk display dispute distance distant distinct district
divert divide diving division dizzy draft dragon drama draw dream dress dried drift drill drink drive
driving drop drove drum dry duck duct dude duke duo dusk dust dutch duty dwell eager eagle early earn earth
easily east easy eaten eating eats ebook echo ecology economy edge edit educate eel effects effort egg eight
elbow elder elegant element elephant elevator eleven elf eligible elite elk elm email embark embassy embrace
emerge emotion emperor employ empower empty enable enact end energy enforce engage enhance enjoy enlist
enough enrich enroll ensure enter entire entity entry envelope envoy episode equal equip equity escape essay
essence estate estimate eternal ethics everyday evidence evoke evolve exact excess exchange excite exciting
exclude excuse exercise exist exit expand expect expenses expert expire explain explore express extend
extent external eye face facility facing fact faculty fall fame familiar family famous fancy fantasy farm
fashion faster favorite feast feather feature february federal feed feel fence ferry festival fetch few
fiber fiction field fifteen fifth fifty figure file filing filled filling film filter final finance finch
find finish firm first fiscal fish fit five fix flag flap flash flat flavor flick flight flint flip float
flock floor flop flower fluid fly foam focus fog fold folk follow font food foot force forest forget fork
forum forward fossil found four fox fragile frame freedom freely frequent fresh friday fridge friend fringe
frog frost frozen fuel fun furnace future gadget gain galaxy gallery game gaming gap garage garden garment
gasp gate gather gauge gave gaze gear gem general genre gentle gently gesture giant gift gig giraffe given
glad glance glare glass glide glimpse globe glory gloss glove glow glue goal goat gold golf gong good goose
gorgeous gown graduate grain graph grasp grass gravity gravy gray great green greet grew grid grill grip
grit grocery ground group grove grow guard guess guidance guide guitar gulf guru half halo halt hammer
hamster hand happy harbor hardly hardware harvest hat haven hawk hay headed heading health heap heart heat
heavily heavy hedge height hello helmet help hen herbs heritage hero hidden high hill hint hip hire history
hobby hockey hold holiday hollow home honey hood hop horn horse host hotel hour house hover hub huge humor
hundred hush hut hybrid ice icing icon icy idea identify identity idle ignore image imitate immense impact
imply impose improve impulse inch include income increase index indicate indoor industry inform inhale
inherit initial ink inner innocent input inquiry inside inspire install intact interest invest invite
involve iron jacket jaguar jam january jar java jazz jeans jelly jersey jet jog join joke jolly journey
judge juice juicy july jungle justice justify kangaroo karma keen keep ketchup key kind kingdom kit kiwi
knee know label labor ladder lake lamb lamp land language laptop large last later latin laugh launch laundry
lava law layer leader leaf learn leave lecture left legacy legal legend leisure lemon lend length lens lent
leopard lesson letter level lever liberty library license lid life light like liking limit link liquid list
little live living lizard lobster local lock log long loop lounge loyal lucky luggage lumber lunar lunch
lung luxury lyrics magical magnet mail main major maker making malt mammal manage managing mandate manor
mansion manual map marble march margin market mash mask mass match material math matrix matter maximum maze
meadow measure meat medal media melt memory mention menu mercy merge merit mesh message metal method middle
midnight million mind minimum minute miracle mirror miss mix mobile model modify moment monday monitor month
moon moose mop moral more morning morse most motion motor motto mountain mouse move movie moving much mud
muffin mule multiple multiply mural museum mushroom mute mutual mystery myth nail name nap narrow nation
natural nature nearby nearly neat neck neon nest net neutral news next nice niece night ninja ninth noble
noise nominee noodle normal north nose notable note notice novel number numerous oak oasis obey object
oblige obscure observe obtain obvious occur october offer office oil okay old olympics omit ongoing onion
open operate operator opinion opposite option orange orchard order ordinary orient original ostrich otter
ought ounce outcome outdoor outer outfit outlet output outside oven overall owl owner oxford oxygen oyster
pace pact paddle page paint pair palace palm panda panel paper parade parish park parrot partly partner pass
pasta pastor patch path patient patio patrol pattern pause pave paw paying payment peace peach peanut pear
pen people pepper percent perfect person pet photo phrase physical piano picture piece pigeon pillow pilot
pink pioneer pipe pitch pizza place planet plank plant plate platform play plaza please pledge plenty pluck
plug plum plunge plus pocket pod poem poet point polar policy polish polo pond pony pool popcorn poppy
popular portal portion position possible possibly post potato pottery pouch pound powder power practice
praise prank precise predict prefer premium prepare present press pretty pretzel prevent previous price
pride primary princess print prior prism privacy private prize probably process produce product profile
profit program progress project promote proof properly property proposal props protect proud proved proven
provide province puddle pulp pulse pumpkin puppet puppy purchase purely purple purpose purse put puzzle
pyramid quake qualify quality quantum quarter query question quick quiet quilt quit quiz quote radar radio
raft rail rain raise rake ramp ranch random range ranging rank rapid rare rate rather raven raw reach react
read real reason rebuild recall recap receive recent recipe record recovery recycle red reflect reform
refuse region register regret regular related relation relative relax relay release reliable relief rely
remain remember remind remix remote removal remove render renew rent reopen repair repay repeat replace
reply report request require rescue research resemble reset resident resort resource respect response result
resume retail retired retreat return reunion reveal revenue reverse review reward rhyme rhythm rib rice ride
ridge riding right ring rinse ripple rise rising risk river road roast robe robot robust rock roof rookie
room roster rotate rough round route rover rug rule run rural rust saddle safe saga sage said sail sake
salad salary salmon salon salsa salt salute sample sand sank satisfy sauce save savings sax say scale scarf
scatter schedule school science scissors scoop scope score scoring scout scratch screen script scrub sea
second secret section sector security seed seek segment select self sell seminar send sense sentence sequel
sequence series serve service serving session set seven shack shade shadow shaky shape share shark sharp
shed sheep sheet shelf shell shelter shield shift shiny ship shirt shiver shoe shop shore short shoulder
shout shower showing shown shrimp shrug shuffle shut shy sibling side sight sign silent silk silly silver
similar simple simply sing sip sitting six size skate sketch skies skill skip skirt sky slate sled slender
slept slice slide slight slot slow slush small smart smile smooth snack snail sneak snow soap soccer social
sock soda soft solar solid solution solve song soon sorry sort soul sound soup source south space spare
spatial speak special species speech speed spell spend spent sphere spice spike spin spirit split spoke
sponsor spoon sport spot spray spread spree spring spur spy squad square squeeze squid squirrel stable stack
stadium staff stage stairs stall stamp stand staring start state statue status stay steak steam steel steep
stem step stereo stew stir stock stomach stood stop storage store storm story stove stranger strategy straw
streak stream street strength stretch strict strong stuck student studied studio stuff stumble style subject
submit subway success sudden sugar suggest suit summer sun super supply support sure surface surge surprise
surround survey survival survive sustain swap swarm sway sweater sweep sweet swell swept swift swim swing
swipe switch swore sworn syrup system table tackle taco tactics tag tail talent talk tape taps target tart
task taste tasty taxi teach team tell ten term test text thank theater theme theory thesis thirty thorn
thought thousand thread three thrive throwing thumb thunder thursday ticket tidal tide tiger tile tilt
timber time timing tiny tip tissue title toast today toe together token tomato tomorrow tonight tool tooth
top torch tornado tortoise total tourist towel tower town toy trace track tractor trade trading train trait
transfer travel tray treat tree trek trend tribute tried trim trio trophy trout truce truck true truly
trumpet trunk trust truth try tube tuesday tug tuition tulip tumble tummy tuna tunnel turkey turn turtle
tutor twelve twenty twice twig twins twist two type typical ultimate uncover undo unfold uniform union
unique unit universe unknown unlock unusual unveil upcoming update upgrade uphold upload upper upside urge
usage use usher usual utility utter vacation vacuum vague valid valley value valve vanish varied variety
various vast vault vehicle velvet vendor venture venue verb verify verse version versus vessel vest veto
viable vibrant vice victory video view village vintage violin viral virtual visa visible vision visit visual
vital vivid vocal voice volcano volt volume voyage wage wagon wait wake walk wall walnut wand wanted warm
wash wave way wealth wear weather web weekend west wheat wheel whistle whole wick wide width wild willing
win wipe wire wisdom wise wish wonder wood wool word work world worried worry worth woven wow write writing
written yard yarn year yeast yellow yen yield yoga yogurt youth yummy zen zero zoo
""".split())  # noqa: SIM905 (a list that people read)
